"""The languages that messages are worded in, by the tags that people are kept with (BCP 47)."""

from typing import Literal

from cloud.alerting.languages.english import ENGLISH
from cloud.alerting.languages.hindi import HINDI

Language = Literal["en", "hi"]

LANGUAGES = {"en": ENGLISH, "hi": HINDI}
