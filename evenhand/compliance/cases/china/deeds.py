"""What a collector does, told in words: which of the bans a deed breaks, and whether a place is entered.

The linter reads texts meant for debtors; these are the words in which a case tells of a deed.
"""

import re
from collections.abc import Mapping

ENTERS = r"\benter|go(?:es)? in|walk(?:s)? in|step(?:s)? in|come(?:s)? in|break|force|进入|闯入|入户|入内"
DEEDS: Mapping[str, str] = {
    "PUBLIC_POSTING": (
        r"\bpost(?:s|ed|ing)?\b.*(?:notice|letter|public|door|board|poster|wall|online)|put(?:s|ting)? up"
        r"|past(?:e|es|ing)\b|\bstick|banner|notice on|粘贴|张贴|公示|横幅"
    ),
    "POSING_AS_AUTHORITY": r"pos(?:e|es|ing) as|pretend|impersonat|disguise|冒充|假冒",
    "THREAT": r"threat|intimidat|violen|beat|follow|stalk|harass|恐吓|威胁|暴力|跟踪|骚扰",
    "INSULT": r"insult|abus|curs|swear|humiliat|辱骂|侮辱",
    "MISLEADING": r"fictitious|blacklist|mislead|exaggerat|false promise|虚构|夸大|黑名单|虚假承诺",
    "EXTRA_FEES_OR_BORROWING": (
        r"extra fee|charg.* fee|fee for collect|new (?:loan|borrowing)|borrow|另行收费|以贷还贷|诱导.*借"
    ),
    "PRIVACY": (
        r"leak|spread|publish|sell.*(?:data|information)|share.*(?:data|privacy)|泄露|散布|公开.*(?:隐私|信息)"
    ),
}


def bans_broken(told: str) -> set[str]:
    """The bans, by the linter's codes, that a deed breaks whatever is said with it."""
    return {ban for ban, pattern in DEEDS.items() if re.search(pattern, told)}


def enters(told: str) -> bool:
    """Whether somebody goes in."""
    return re.search(ENTERS, told) is not None
