"""What each check of the installation is called in Japanese, and what to do when it is not well."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

HEALTH_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        # check: name, what to do
        "controller.asterisk": ("電話交換機との接続", "電話交換機の記録（asterisk/log）を見てください。"),
        "journal.writing": ("記録の書込み", "データベースが遅いか、止まっています。"),
        "settings": ("設定ファイル", "「設定」で間違いを直してください。"),
        "files.owner": ("ファイルの所有者", "状態ディレクトリを、動かしている利用者のものに戻してください。"),
        "files.keys": ("鍵のファイル", "keys/ を本人だけが読めるように（0700、0600）戻してください。"),
        "disk": ("ディスクの空き", "不要なファイルを移すか、ディスクを増やしてください。"),
        "packages": ("プログラムの部品", "bin/up をもう一度動かすと、そろえ直します。"),
        "clock": ("時計", "時刻同期（NTP）を確かめてください。受付時間と統計が狂います。"),
        "zone": ("時間帯", "サーバーの時間帯を確かめてください。"),
        "names": ("名前の解決", "/etc/hosts にサーバー自身の名前を書いてください。電話が5秒遅れます。"),
        "ports": ("ポート", "同じポートを使うほかのプログラムを止めてください。"),
        "limits": ("資源の上限", "開けるファイルの数とメモリの上限を上げてください。"),
        "certificates": ("証明書", "期限の前に新しい証明書に替えてください。"),
        "calendar.holidays": (
            "祝日の表",
            "内閣府の新しい表を取り込んでください（bin/madoguchi holidays import）。",
        ),
        "instance": ("動作", "bin/up、またはサービスの状態を確かめてください。"),
        "asterisk": ("電話交換機", "22.10.1 など、推奨の版に替えてください。"),
        "trunk": ("外線", "通信事業者の機器と、[trunk] の設定を確かめてください。"),
        "phones": (
            "席の電話",
            "登録されていない席のソフトフォンを、「席と電話」の値で登録し直してください。",
        ),
        "fallback.hours": ("予備の受付時間", "窓口を動かし直すと、予備の受付時間を作り直します。"),
        "database.tables": ("データベースの表", "bin/madoguchi db upgrade を動かしてください。"),
        "database.role": ("データベースの権限", "台帳を書き換えられない利用者で接続してください。"),
        "personal.keys": ("個人情報の鍵", "控えから鍵のファイルを戻してください。鍵がないと読めません。"),
        "personal.retention": (
            "個人情報の保存期間",
            "期限を過ぎた記録を消してください（bin/madoguchi purge）。",
        ),
        "backup": ("バックアップ", "バックアップを取ってください（bin/madoguchi backup）。"),
        "reports.sent": ("報告書の送付", "送り先と、記録の「報告書の送付」を確かめてください。"),
        "journal.clock": ("記録の時刻", "時計が進んでいた時間がないか確かめてください。"),
        "journal.lag": ("記録の遅れ", "データベースが遅いか、止まっています。"),
        "journal.unstored": (
            "書けずに待つ記録",
            "データベースが戻れば、または次の起動で書かれます。ファイルを消さないでください。",
        ),
        "figures.identity": (
            "着信件数の内訳",
            "bin/madoguchi report check で、合わない着信を調べてください。",
        ),
        "journal.printed": ("控えた台帳の値", "控えた値がありません。台帳が書き換えられたおそれがあります。"),
        "database.file": ("データベースの壊れ", "バックアップから戻してください。"),
        "journal.chain": (
            "台帳の連鎖",
            "示された行から後が書き換えられたおそれがあります。触らずに調べてください。",
        ),
    }
)
