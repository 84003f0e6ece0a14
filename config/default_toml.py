"""The commented `madoguchi.toml` that a new state directory begins with."""

DEFAULT_TOML = """\
# 窓口 (Madoguchi) の設定 / settings. All keys are optional; what stands here commented is the default,
# and a line that begins with #例 is an example. Times end in _s (秒), _min (分) or _h (時間).
# 変更は bin/madoguchi config check で確かめ、bin/madoguchi config reload で動作中に効きます。
# A mistake is named: nothing is started, and nothing changed, with a wrong setting.

[line]                       # 回線 (この回線の名は main)
# name = "長野市マイナンバーカードコールセンター"
# number = "0260001234"      # 市の電話番号 (数字のみ)
# aliases = []               # 同じ回線につながる番号 (転送元など)
# max_calls = 250            # 同時に受ける電話の数 (全回線。音声ポートの数でも制限される)
# priority = 0               # 優先度。大きいほうを先につなぐ
# weight_s = 0               # 同じ優先度の中で、この秒数だけ早く着いたものとして扱う
#例 strategy = "linear"       # この回線だけの呼出順 (書かなければ [queue])
#例 need = "english"          # この回線で必要な技能 ([needs] の名)
#例 before_answer = ["closed", "full"] # 応答する前に案内を流す (通話料なし。通信事業者が通す場合だけ)
#例 menu = "top"              # 最初に流す音声メニュー ([menus] の名。書かなければメニューなし)
#例 wrap_up_s = 60            # この回線だけの後処理 (書かなければ [floor])
#例 wrap_up_most_s = 600
#例 wrap_up_ends = "entry"

#例 [[lines]]                 # ほかの回線。席は共通
#例 id = "english"
#例 name = "English line"
#例 numbers = ["0260001235"]
#例 need = "english"
#例 [lines.calendar]          # この回線だけの受付時間。開設期間、年末年始、市の休日は [calendar] から
#例 weekdays = ["mon", "wed", "fri"]

[calendar]                   # 受付時間 (日本時間、open ≤ t < close)
# open = 08:30:00
# close = 17:15:00
# weekdays = ["mon", "tue", "wed", "thu", "fri"]
#例 hours = { tue = ["08:30-19:00"], sat = ["08:30-12:00"], fri = ["08:30-12:00", "13:00-17:15"] }
#                            # 曜日ごとの時間 (weekdays にない曜日も受け付ける。終わりは 24:00 まで)
# nth_weekdays = [{ nth = 2, weekday = "sun" }]  # 毎月第2日曜日 (nth は 1～5 か "last"、hours も書ける)
# nth_weekday_beats_holiday = true                   # 第2日曜日が祝日のときも受付する
#例 extra_holidays = [{ month = 4, day = 1, name = "市制記念日" }]   # 市だけの休日
# year_end = true                                    # 年末年始は休み
# year_end_from = { month = 12, day = 29 }
# year_end_to = { month = 1, day = 3 }
# second_person = true                               # 受付時間中の臨時休止は、二人目の確認で効く
#例 contract_from = 2022-05-01                        # 開設期間 (既定は期限なし)
#例 contract_to = 2023-03-31

[seats]                      # 席
# count = 7
# first_extension = 701      # 席1の内線。席2は702 …
# supervisor_extension = "700"
#例 [[seats.seat]]            # 内線が連番でない席
#例 number = 3
#例 extension = "733"

#例 [[operators]]             # オペレーター (暗証番号は keys/ に作られる)。一人でも書くときは全員を書く
#例 id = "101"
#例 name = "長野 花子"
#例 skills = { english = 3 }  # 技能と段階 (1～9)
#例 lines = ["main"]          # 受ける回線 (書かなければすべて)
#例 wrap_up_s = 60            # この人だけの後処理

[skills]                     # 技能の名
#例 english = "英語"

[needs]                      # 必要な技能。待つ間に条件をゆるめられる
#例 english = [{ after_s = 0, skills = { english = 2 } }, { after_s = 60, skills = { english = 1 } }]

[queue]                      # 待ち行列
# strategy = "longest_idle"  # 席の選び方: longest_idle 最も長く待機 | round_robin 順番
#                            # | fewest_calls 応答が少ない | least_talk 通話が短い | random 無作為
#                            # | linear 席番号順 | ring_all 一斉 | ring_progressively 一席ずつ増やす
# ring_progressively_every_s = 5
# same_operator_min = 0      # かけ直した人を同じオペレーターへ (この分数以内。0 は使わない)
# keep_place_min = 0         # 待つ間に切れてかけ直した人に元の順番を (この分数以内。0 は使わない)
# fair_after_min = 0         # これだけ待った人は優先度より先に (0 は使わない)
# review_s = 5               # 待っている人をあふれの条件と照らす間隔
# handling_s = 90            # 直近1時間の実績がないときに見込む、一件の時間 (通話と後処理)
# seed = 0

[floor]                      # フロア
# ring_time_s = 20           # 呼出時間
# wrap_up_s = 30             # 後処理 (0 はなし)
# wrap_up_most_s = 300       # 後処理を延ばせる限度
# wrap_up_ends = "time"      # 終わり: time 時間 | operator 本人が終えるまで | entry 記録を保存するまで
#                            # (あとの二つは長くても wrap_up_most_s まで)
# max_misses = 2             # 続けて出られなかったとき離席にするまでの回数
# cool_down_s = 10           # 出られなかった席に同じ電話を鳴らさない時間
# connect_time_s = 2         # 応答から通話までの限度
# login_elsewhere = "refuse" # 別の席でのログイン: refuse 断る | move 移す
# [floor.breaks]             # 離席理由: 電話の操作 *21 … *29 (書くときは全部を書く)
# 1 = "休憩"
# 2 = "昼食"
# 3 = "会議"
# 4 = "研修"
# 5 = "事務"
# 9 = "その他"
#例 [floor.break_limits_min]  # 離席の限度 (分)。過ぎたら業務責任者に知らせる
#例 1 = 15
#例 "昼食" = 60
#例 [floor.misses.no_answer]  # 理由ごとの回数と時間: no_answer declined busy unreachable
#例 strikes = 3
#例 cool_down_s = 30

# あふれ: 上から順に調べる。一つでも書くと、下の二つはなくなる
# (なしにするには、ファイルの先頭に overflow = [] と書く)
#   cause と limit の単位: no_seat 受けられる席がない秒数 | queue_full 待っている人数
#     | calls_per_seat 一席あたりの待ち人数 | predicted_wait 待ち時間の見込み (秒)
#     | waited 待った秒数 | closing 受付終了からの秒数
#   to: announce 案内して待つ | choice 案内して選んでもらう (待つ、折り返し、すいている時間)
#     | hang_up 案内して切る | line:回線 | number:電話番号 (固定、携帯、050)
# [[overflow]]
# cause = "no_seat"
# limit = 60
# to = "announce"
# line = "main"
# on_entry = true            # 列に入るとき
# while_waiting = true       # 待っている間
# [[overflow]]
# cause = "waited"
# limit = 600
# to = "choice"

[callback]                   # 折り返し (市の番号からかける)
# enabled = false
# attempts = 3               # かける回数
# retry_min = 15             # つながらなかったとき、次にかけるまで
# expiry_h = 8               # 申込みからこれを過ぎたらかけない
# ring_s = 45                # 市民の電話を鳴らす時間
# max_open = 100             # 同時に預かる件数
#例 call_from = 09:00:00      # かけてよい時間 (書かなければ受付時間内だけ)
#例 call_to = 18:00:00

[guidance]                   # ガイダンス
# greeting = true
# recording_notice = false   # 録音していることと、マイナンバーを言わないお願い (あいさつのあと)
# closing_soon_min = 0       # 受付終了まで何分を切ったら、あいさつのあとに知らせるか (0 は知らせない)
# busy = true
# please_hold_every_s = 30
# say_position = false       # 待っている人に順番を知らせる
# say_wait = true            # 待っている人に待ち時間の見込みを知らせる (確かでないときは言わない)
# say_wait_every_s = 60      # 知らせる間隔 (少なくとも)
# say_hours = true           # 時間外の案内に、ふだんの受付時間を添える
# lost_card = true           # 時間外の案内に、カード紛失の24時間窓口を添える
# lost_card_number = "0120950178"
# whisper = false            # つなぐ前に、オペレーターへ回線・メニュー・待ち時間をささやく
# whisper_wait_min = 1       # 待ち時間をささやくのは、この分数から

[menus]                      # 音声メニュー。番号が押されなければ、または違う番号が続けば、オペレーターへ
#   行き先: menu:メニュー | queue 列へ | line:回線 | need:技能 ([needs] の名) | callback 折り返し
#     | operator オペレーターへ | repeat もう一度 | say:案内文 (そのあとメニューに戻る)
#     | language:en (ja | en | easy) | say:案内文, hang_up (案内して終える)
#   コンマで続けて書ける。* と # は "*" "#" と書く
#例 [menus.top]
#例 text = "menu.top, menu.english@en"   # 案内文 (prompts/texts.toml の id。@en はいつも英語で)
#例 wait_s = 5                # 案内のあと、番号を待つ時間
#例 no_key = 2                # 番号なしがこの回数でオペレーターへ
#例 wrong_key = 3             # 違う番号がこの回数でオペレーターへ
#例 [menus.top.keys]
#例 1 = "queue"               # 交付予約
#例 2 = "queue"               # 変更・取消
#例 3 = "queue"               # その他
#例 9 = "language:en, queue"  # English (技能も求めるなら "language:en, need:english")

[forms]                      # 帳簿の様式 (docs/ledgers.md)。fields を書くと、項目はすべて書いたものになる
#   kind: text 文字 | kana カナ | date 日付 | datetime 日時 | phone 電話番号 | choice 選択
#     | category 分類 | flag はい・いいえ | number 数 | long 長い文
#例 [forms.booking]           # 交付予約受付簿 (問合せ記録簿は [forms.inquiry])
#例 title = "交付予約受付簿"
#例 [[forms.booking.fields]]  # 書いた順に並ぶ
#例 key = "kind"
#例 label = "区分"
#例 kind = "choice"
#例 choices = ["新規", "変更", "取消"]
#例 required = true           # 必ず書く
#例 personal = false          # true は封じて保存し、消去で消える (choice, category, flag のほかは既定で true)

[slots]                      # 予約枠 (市の予約システムを使うときは、なしのまま)。docs/ledgers.md
# capacity = 0               # 一枠の人数 (0 は数えない)
# field = "fixed"            # 枠をとる項目 (交付予約受付簿の日時)
# minutes = 30
# hours = ["08:30-12:00", "13:00-17:00"]
# weekdays = ["mon", "tue", "wed", "thu", "fri"]
#例 place_field = "place"     # 場所ごとに数える
#例 closed = [2026-12-28]
#   capacity_on = { "2026-12-25" = 2, "2026-12-25T10:00" = 0 }  その日、その枠だけの人数

[report]                     # 報告書
#例 city = "長野市"            # 委託者
#例 contractor = "株式会社○○"  # 受託者
#例 manager = "長野 太郎"      # 業務管理者
# staffed_seats = 7          # 席の配置: 受付時間内に常に配置する席数 (0 は調べない)
# breaks_are_staffed = false # 離席中の席も配置に数えるか
# recall_h = 24              # かけ直し: 前の着信からこの時間以内を一続きの試みとする
# service_level = { threshold_s = 20, short_s = 5, target = 0.8, formula = "short_out" }
#                            # 契約のサービスレベル。formula: short_out 短時間放棄を除く | strict 厳格
#                            # | answered_only 応答のみ | callback_neutral 折返し中立 | abandons_in 応答と放棄
#                            # | answered_or_abandoned | removed_in_time | early_abandons_out
#                            # | early_abandons_met (docs/figures.md。現在の画面には再起動で反映)
# closed_when = { handling = ["完結"] }  # 完結率: 問合せ記録簿のこの項目がこの選択なら完結
#例 completion = { contract_number = "第123号", contractor_address = "…", representative = "代表取締役 …" }
#                            # 業務（一部）完了届 (docs/report-forms.md)
# daily_at = 06:00:00         # 前日の日次報告を作る時刻 (日本時間。止まっていたときは、動いてから作る)
# monthly_at = 06:30:00       # 前月の月次報告 (速報) を作る、1日の時刻
# directory = "reports"       # 置き場所 (絶対パス、または状態ディレクトリの下)
# formats = ["xlsx"]          # xlsx | csv | html | pdf | json。[] なら作らない
# parts = ["report", "booking", "inquiry", "completion"]
#                            # 数字 | 交付予約受付簿 (日) | 問合せ記録簿 (月) | 業務（一部）完了届 (月)
# keep_ledgers_days = 7      # 帳簿のファイルを置く日数 (個人情報。いつでも作り直せる)
#例 [report.sftp]             # 作ったものを SFTP で送る (docs/reports.md)
#例 host = "sftp.example.lg.jp"
#例 user = "madoguchi"
#例 # 相手のサーバーの公開鍵
#例 host_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#例 directory = "in"
#例 [report.mail]             # メールで送る。帳簿は、受け取る人の証明書 (certificates) があるときだけ
#例 host = "mail.example.lg.jp"
#例 sender = "callcenter@example.jp"
#例 to = ["shimin@example.lg.jp"]

[wallboard]                  # 現在の状況の画面
# least_calls = 5            # 率は、これより少ない件数では色を付けない
# usual_weeks = 8            # 「ふだん」とする、同じ曜日の直近の週数
# kiosk_names = false        # 掲示用の画面にオペレーターの名前を出す
# [wallboard.thresholds]     # 色: yellow 注意、red 警戒。back だけ良くなると戻る (一つの項目は全部を書く)
# waiting = { yellow = 3, red = 6, back = 1 }             # 待ち人数 (以上)
# longest_wait_s = { yellow = 60, red = 180, back = 5 }   # 最長待ち時間 (秒以上)
# next_wait_s = { yellow = 180, red = 600, back = 30 }    # 次の人の待ち時間の見込み
# callbacks = { yellow = 5, red = 15, back = 1 }          # 折り返し (これから)
# answer_rate = { yellow = 0.9, red = 0.8, back = 0.005 }            # 応答率 本日 (未満)
# recent_answer_rate = { yellow = 0.9, red = 0.75, back = 0.02 }     # 応答率 直近30分
# service_level = { yellow = 0.8, red = 0.6, back = 0.005 }          # サービスレベル 本日
# recent_service_level = { yellow = 0.8, red = 0.5, back = 0.02 }    # サービスレベル 直近30分
# asa_s = { yellow = 30, red = 90, back = 2 }             # 平均応答速度 (秒以上)
# staffed_seats = {}                                      # 配置席数 (未満。既定は色なし)
# talking_s = { yellow = 900, red = 1800 }                # 一つの通話の長さ
# hold_s = { yellow = 60, red = 180 }                     # 保留の長さ
# wrap_up_s = { yellow = 180, red = 300 }                 # 後処理の長さ (離席は [floor.break_limits_min])
# lag_ms = { yellow = 2000, red = 10000, back = 500 }     # 画面の遅れ (ミリ秒)

[retention]                  # 個人情報の保存期間 (過ぎたものは bin/madoguchi purge で消える)
# personal_days = 400        # 発信番号と折り返し先の番号、帳簿の個人情報 (着信からの日数)
#例 booking_days = 400        # 交付予約受付簿 (書かなければ personal_days)
#例 inquiry_days = 365        # 問合せ記録簿 (書かなければ personal_days)
# draft_days = 14            # 保存されなかった下書き (最後に書いてからの日数)
#例 [retention.lines.english] # 回線ごと (着信した回線)
#例 personal_days = 90

[backup]                     # バックアップ (bin/madoguchi backup)
# directory = "backups"      # 置き場所 (絶対パス、または状態ディレクトリの下)。別の装置がよい
# keep = 14                  # 新しいものから、この数だけ残す (0 はすべて)
# warn_after_h = 26          # これより古くなったら doctor が知らせる

[alarms]                     # 警報 (docs/operations.ja.md)
#例 webhooks = ["http://192.168.1.9/hook"]  # 発生、継続、解消を JSON で送る先
# no_seat_after_s = 60       # 受付時間中、受けられる席がない
# few_seats_after_s = 300    # 受付時間中、席の配置が [report] staffed_seats に足りない
# wait_s = 300               # これより長く待っている人がいる (その8割を切ると解消)
# away_after_s = 15          # 制御プログラム、交換機、データベースが応答しない
# disk_free_gb = 2           # ディスクの空き
# certificate_days = 30      # 証明書の期限まで
# again_min = 60             # 続いているとき、もう一度知らせるまで (0 は知らせない)

[sip]                        # 電話交換機 (この節から下は再起動で効く)
# port = 5060
# rtp_first = 12000
# rtp_last = 12599
# phones = "udp"             # "tls" にすると、席の電話は暗号化 (TLS と SRTP) だけを受け付ける
# tls_port = 5061
#例 certificate = "/etc/ssl/sip.crt"  # 自分の証明書と鍵 (書かなければ keys/ に作る)
#例 key = "/etc/ssl/private/sip.key"
#例 phone_networks = ["192.168.10.0/24"]  # 席の電話のネットワーク。ほかからの SIP は断る
# block_after = 10           # 1分間にこの回数、ユーザーやパスワードを間違えたアドレスを断る (0 は断らない)
# block_min = 60             # 断る時間

[trunk]                      # 外線
# profile = "simulated"      # "simulated" または "hikari" (ひかり電話ゲートウェイ)
# addresses = ["127.0.0.2"]  # この宛先からの着信だけを受ける
# outbound_per_day = 500     # 発信 (折り返しなど) の一日の上限。0 は発信しない
# port = 5070                # simulated: 折り返しなどの発信を、最初の宛先のこのポートへ送る
#例 gateway = "192.168.1.1"   # hikari
#例 user = "0003"
#例 domain = "192.168.1.1"
#例 dtmf = "inband"           # 番号の伝え方: auto | rfc4733 | inband (書かなければ profile による)

[ari]
# port = 8088

[desk]                       # 画面とAPI (docs/security.md)
# port = 8080
# tls = "off"                # "off" | "generate" 自己署名の証明書を keys/ に作る | 証明書のファイル:
#例 tls = { certificate = "/etc/ssl/desk.pem", key = "/etc/ssl/private/desk.key" }
#例 redirect_port = 8081      # TLS のとき、暗号化なしで来たブラウザーを正しい所へ送るポート
# totp = "optional"          # ログインの二段階目 (認証アプリ)。"required": 業務責任者・業務管理者・監査は必須
# operator_pin = true        # パスワードのないオペレーターは、電話の暗証番号で画面にログインできる
# session_idle_min = 60      # 使われないログインが切れるまで
# session_max_h = 12         # 使われていても切れるまで
# hold_target_s = 60         # 保留がこの秒数を超えると、オペレーターの画面で警告する
# earlier_contacts = 5       # 通話中の相手の、以前の着信を何件まで見せるか (見た記録が残る。0 は見せない)
# earlier_days = 90          # その期間
# hand_reasons = ["判断に迷う", "苦情", "システム", "体調", "その他"]   # 手上げの理由
#                            # 次の行はカスハラの種別
# incident_kinds = ["暴言・大声", "長時間の拘束", "繰り返しの電話", "脅迫", "セクハラ", "不当要求", "その他"]
# reservation_number = false # {number} を渡してよいか
#例 reservation_url = "https://yoyaku.example.lg.jp/new?ref={call}"   # 予約システム
#                            # {call} {line} {operator} {seat} に値が入る
#例 [[desk.scripts]]          # トークスクリプト。一つでも書くときは全部を書く
#例 title = "受取りのご予約"
#例 text = "お受取りのご予約ですね。"   # {line} {operator} が使える
#例 category = ["受取予約"]   # この分類を選んだとき (書かなければいつも)
#例 menu = "top:1"            # または、このメニューの番号で来た人

[stop]
# drain_s = 0                # 停止のとき、通話の終わりを待つ時間

[watch]                      # 制御プログラムが答えないとき (0 は何もしない)
# hand_over_s = 15           # 待っている人を、交換機だけの待ち行列へ移すまで
# restart_s = 30             # 制御プログラムを終わらせて、始め直すまで
# standby = false            # 制御プログラムをもう一つ待機させ、倒れたらすぐ交代する
"""
