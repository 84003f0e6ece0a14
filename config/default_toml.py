"""The commented `madoguchi.toml` that a new state directory begins with."""

DEFAULT_TOML = """\
# 窓口 (Madoguchi) の設定 / settings. All keys are optional; what stands here commented is the default.
# A mistake is named when the service starts: nothing is started with a wrong setting.

[line]                       # 回線
# name = "長野市マイナンバーカードコールセンター"
# number = "0260001234"      # 市の電話番号 (数字のみ)
# aliases = []               # 同じ回線につながる番号 (転送元など)
# max_calls = 250            # 同時に受ける電話の数 (音声ポートの数でも制限される)

[calendar]                   # 受付時間 (日本時間、open ≤ t < close)
# open = 08:30:00
# close = 17:15:00
# weekdays = ["mon", "tue", "wed", "thu", "fri"]
# nth_weekdays = [{ nth = 2, weekday = "sun" }]      # 毎月第2日曜日
# nth_weekday_beats_holiday = true                   # 第2日曜日が祝日のときも受付する
# contract_from = 2022-05-01                         # 開設期間 (既定は期限なし)
# contract_to = 2023-03-31

[seats]                      # 席
# count = 7
# first_extension = 701      # 席1の内線。席2は702 …
# supervisor_extension = "700"
# [[seats.seat]]             # 内線が連番でない席
# number = 3
# extension = "733"

# [[operators]]              # オペレーター (暗証番号は keys/ に作られる)
# id = "101"
# name = "オペレーター1"

[floor]                      # フロア
# ring_time_s = 20           # 呼出時間 (秒)
# wrap_up_s = 30             # 後処理 (秒)
# max_misses = 2             # 続けて出られなかったとき離席にするまでの回数
# [floor.breaks]             # 離席理由: 電話の操作 *21 … *29
# 1 = "休憩"

[guidance]                   # ガイダンス
# greeting = true
# busy = true
# please_hold_every_s = 30

[sip]                        # 電話交換機
# port = 5060
# rtp_first = 12000
# rtp_last = 12599

[trunk]                      # 外線
# profile = "simulated"      # "simulated" または "hikari" (ひかり電話ゲートウェイ)
# addresses = ["127.0.0.2"]  # この宛先からの着信だけを受ける
# gateway = "192.168.1.1"    # hikari
# user = "0003"
# domain = "192.168.1.1"

[ari]
# port = 8088

[desk]                       # 画面とAPI
# port = 8080

[stop]
# drain_s = 0                # 停止のとき、通話の終わりを待つ時間 (秒)
"""
