"""What accounts are called on the screens, and what is said of a refusal there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PEOPLE_PROBLEMS: Final[Mapping[str, str]] = {
    "too_short": "パスワードは12文字以上にしてください。",
    "too_long": "パスワードは128文字までです。",
    "too_common": "よく使われるパスワードです。ほかのものにしてください。",
    "too_near": "ID、名前、窓口の名に近いパスワードです。ほかのものにしてください。",
    "same_password": "いまと同じパスワードです。",
    "wrong_password": "いまのパスワードが違うか、何度も失敗したためしばらく受け付けていません。",
    "wrong_code": "確認コードが違います。この端末と認証アプリの時刻も確かめてください。",
    "not_begun": "QRコードの表示からやり直してください。",
    "demanded": "この役割では、二段階目をやめることはできません。",
    "no_account": "アクセスキーでのログインには、アカウントがありません。",
    "no_such_session": "そのログインは、もう終わっています。",
    "no_such_person": "その人はいません。",
    "bad_id": "ID は英小文字・数字・「.」「_」「-」で、40文字までです。",
    "bad_name": "名前は1文字以上80文字までで、改行などは書けません。",
    "bad_operator": "そのオペレーターは設定にありません。",
    "bad_line": "その回線は設定にありません。",
    "person_exists": "その ID はもうあります。",
    "last_manager": "最後の業務管理者です。ほかの人を業務管理者にしてからにしてください。",
    "not_yourself": "自分の役割と、自分のアカウントを閉じることは、ほかの業務管理者に頼んでください。",
    "is_operators": "設定のオペレーターは、役割を変えられません。別の ID で人を足してください。",
    "no_such_link": "その掲示リンクはありません。",
    "database_away": "データベースが応答しません。しばらくして、もう一度押してください。",
    "too_many": "続けて押しすぎました。しばらく待ってください。",
}
"""Japanese by the API's code."""
