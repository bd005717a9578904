# ruff: noqa: E501 (a pattern is read as one line)
"""The red flags in English, over the same plain text: lower-case, half-width, inside a sentence.

The model beside the patterns reads Chinese only, so that these stand by themselves: whoever writes English
must not be overheard when it matters, and everything else about such a text is for a person to judge.
"""

import re

WHO = "(?:m[uo]ms?|mother|dad|father|parents?|wife|husband|partner|family|sister|brother|son|daughter|boss|manager|employer|colleagues?|co-?workers?|friends?|neighbou?rs?|landlord|workplace|office|contacts?|relatives?)"
CALLS = "(?:call|calls|called|calling|phone[ds]?|phoning|rang|ring|ringing|text|texts|texted|texting|messag\\w*|contact\\w*)"
NIGHT = "(?:midnight|(?:in )?the middle of the night|(?:late )?at night|(?:1[0-2]|0?[1-6])(?:[:.]\\d\\d)? ?a\\.?m\\b|1[01](?:[:.]\\d\\d)? ?p\\.?m\\b|before dawn|while i (?:was )?sle(?:ep|pt)\\w*)"

ENGLISH: dict[str, tuple[str, ...]] = {
    "RF01": (rf"\b{NIGHT}.{{0,60}}\b{CALLS}\b|\b{CALLS}\b.{{0,60}}\b{NIGHT}",),
    "RF02": (
        r"\b(?:[4-9]|\d\d+|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|forty|fifty|dozens of|countless|non-?stop)(?: \w+){0,2} (?:calls|times a day|times today|times every day|times yesterday|times an hour)\b",
        r"\bcall(?:s|ed|ing)? (?:me )?(?:non-?stop|constantly|all day|day and night|over and over|again and again|every (?:few|five|ten|\d+) minutes)\b",
    ),
    "RF03": (
        rf"\b(?:{CALLS}|told|tell|telling|harass\w*|went to|emailed)\b.{{0,25}}\bmy {WHO}\b",
        r"\bwrong (?:number|person)\b|\b(?:not|isn't) my (?:debt|loan)\b|\b(?:i am|i'm) not the borrower\b|\bsomeone else'?s (?:debt|loan)\b",
    ),
    "RF04": (
        r"\bthreat(?:en\w*|s)?\b|\bintimidat\w+|\binsult\w*|\b(?:swore|sworn|shouted|yelled) at\b|\babus(?:ive|ed)\b|\b(?:break|broke) my (?:legs?|arms?|door|windows?)\b|\bbeat (?:me|up)\b|\bhurt (?:me|my)\b|\bcalled me an? (?:thief|liar|loser|bitch|idiot|scum|deadbeat)",
    ),
    "RF05": (
        r"\b(?:pretend\w*|claim\w*|pos(?:ed|ing) as|impersonat\w*|(?:he|she|they) (?:was|were|is|are)|say(?:s|ing)? (?:he|she|they))\b.{0,30}\b(?:police|court|judge|lawyer|solicitor|prosecutor|bailiff)\b",
        r"\b(?:fake|forged|bogus|false)\b.{0,20}\b(?:court|lawyer'?s?|legal|summons|warrant|letter|police|document|subpoena)\b|\b(?:arrest|jail|prison)\b.{0,30}\b(?:if|unless)\b",
    ),
    "RF06": (
        r"\b(?:leak\w*|sold|selling|publish\w*|post(?:ed|ing)|shar(?:ed|ing)|disclos\w+|expos\w+|gave away)\b.{0,30}\bmy (?:\w+ )?(?:data|details|information|info|debt|loan|id|photos?|pictures?|address|number)\b|\bdata (?:breach|leak)\b",
    ),
    "RF07": (
        r"\b(?:came|come|coming|turned up|showed up|visit\w*|knock\w*|bang\w*|waited|waiting)\b.{0,25}\b(?:my|our) (?:house|home|door|flat|apartment|place|building)\b",
    ),
    "RF08": (
        r"\b(?:stop|quit|do not|don'?t|never)(?: \w+)? (?:call|contact|phon|text|messag|harass|bother)\w* (?:me|my|us)\b|\bstop (?:all |these |the |your )+(?:phone )?(?:calls|messages|texts|harassment|contact)\b|\bleave me alone\b",
    ),
    "RF09": (
        r"\b(?:i )?(?:received|got) only\b|\bonly (?:received|got)\b|\b(?:deducted|taken off|withheld)\b.{0,30}\b(?:up ?front|in advance|before|from the (?:loan|payout|principal))\b",
    ),
    "RF10": (
        r"\b(?:interest|fees?|rates?|charges?|apr)\b.{0,30}\b(?:too high|so high|excessive|outrageous|extortionate|hidden|unclear|never agreed|not agreed|unexplained|illegal|usur\w+)\b|\b(?:hidden|undisclosed|excessive|unexplained) (?:\w+ )?(?:fees?|charges?|interest)\b|\bovercharg\w+",
    ),
    "RF11": (
        r"\bcredit (?:report|record|file|history|score|bureau)\b.{0,60}\b(?:wrong\w*|incorrect\w*|errors?|mistakes?|inaccurate|still shows?|dispute|remove|correct)\b|\b(?:wrong|incorrect|errors?|mistakes?|inaccurate)\b.{0,40}\bcredit (?:report|record|file|history)\b",
    ),
    "RF12": (
        r"\b(?:stole|stolen|theft of|steal\w*|misus\w+)\b.{0,20}\b(?:identity|id|account|phone|card)\b|\bidentity\b.{0,15}\b(?:stolen|theft|used|misused)\b|\b(?:loan|account)\b.{0,30}\bin my name\b",
        r"\bi (?:have )?(?:never|didn'?t|did not) (?:take|took|taken|apply|applied|borrow\w*|sign\w*|ma[kd]e)\b.{0,30}\b(?:loan|money|contract|transfer|transaction|payment)\b|\b(?:got|was|been|were) (?:scammed|defrauded|hacked|phished)\b|\bscammer|\bfraudsters?\b|\b(?:unauthori[sz]ed|fraudulent) (?:\w+ )?(?:transactions?|payments?|transfers?|withdrawals?|loans?)\b|\bhacked\b",
    ),
    "RF13": (
        r"\bkill(?:ing)? my ?self\b|\bsuicid\w+|\bend (?:my|this|my own) life\b|\bend it all\b|\btak(?:e|ing) my (?:own )?life\b|\b(?:don'?t|do not) want to (?:live|be alive|go on|wake up)\b|\bwant(?:ed)? to die\b|\bwish i (?:was|were) dead\b|\bbetter off (?:dead|without me)\b|\bno (?:reason|point) (?:to|in) liv(?:e|ing)\b|\b(?:hang|cut|hurt|harm)(?:ing)? myself\b|\bjump(?:ing)? off\b|\bself-?harm\b|\boverdos\w+|\bcan'?t go on (?:living|like this)\b",
    ),
    "RF14": (
        r"\b(?:report\w*|complain\w*|tak(?:e|ing)|go(?:ing)? to|su(?:e|ing)|call\w*|contact\w*|filed?|filing|see you in|turn(?:ing)? to)\b.{0,30}\b(?:regulators?|ombudsman|(?:financial|banking) (?:supervis\w+|regulat\w+)|central bank|consumer (?:association|council|protection)|court|journalists?|newspapers?|media|tv|press)\b|\b(?:i will|i'll|going to) sue\b|\b(?:legal action|lawsuit)\b",
    ),
    "RF15": (
        r"\bi(?:'m| am) (?:\w+ )?(?:a )?(?:student|disabled|unemployed|pensioner|retired|pregnant|blind|deaf|1[0-7]|[6-9]\d)\b|\b(?:cancer|chemo\w*|dialysis|disabilit\w+|seriously ill|lost (?:my|his|her) job|laid off|made redundant|under ?age)\b|\bmy (?:\w+ )?(?:son|daughter|child|kid)\b.{0,15}\b(?:is|was) (?:only )?1?\d\b",
    ),
    "RF16": (
        r"\b(?:delete|erase|remove|correct|update|change|access|export|withdraw|copy of)\b.{0,25}\bmy (?:\w+ )?(?:data|information|details|account|phone number|consent|records?)\b|\bclose my account\b|\bunsubscribe\b|\bmarketing (?:messages|texts|e-?mails|calls)\b",
    ),
    "RF17": (
        r"\b(?:no ?one|nobody|never|not|haven'?t|has ?n[o']t|hasn'?t|without)\b.{0,25}\b(?:repl(?:y|ied|ies)|respon\w+|answer\w*|call(?:ed|s)? (?:me )?back|got back|gotten back|resolved|dealt with|handled)\b|\b(?:passed|sent|bounced|transferred)\b.{0,15}\b(?:around|back and forth|from (?:one|person|department))\b|\bpromised\b.{0,60}\b(?:but|never|nothing|still)\b",
    ),
    "RF18": (
        r"\bdebt (?:relief|settlement|resolution) (?:company|agency|firm|service)\b|\bon behalf of (?:my|our) client\b|\b(?:my|our) client\b|\bauthori[sz]ed representative\b",
    ),
    "RF19": (
        r"\b(?:rejected|declined|refused|denied|turned down)\b.{0,50}\b(?:automatic\w*|system|algorithm|computer|machine|instantly|in seconds|without (?:any )?(?:reason|explanation)|no reason)\b|\b(?:system|algorithm|computer|machine)\b.{0,30}\b(?:rejected|declined|refused|denied)\b|\b(?:human|manual) (?:review|look|decision|check)\b|\bautomated decision\b",
    ),
}

# A denial right before the words: never threatened me, did not call my boss.
DENIED = re.compile(r"(?:\bnot|n't|\bnever|\bnobody|\bno one|\bwithout)(?: \w+){0,2} $")
FOREIGN = 0.2  # Chinese characters among letters, below which a text counts as not Chinese
HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")


def is_foreign(text: str) -> bool:
    """Not Chinese, for all that can be seen: what was learned from Chinese examples says nothing of it."""
    letters = sum(character.isalpha() for character in text)
    return letters > 0 and len(HAN.findall(text)) < FOREIGN * letters
