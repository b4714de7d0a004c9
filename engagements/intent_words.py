"""The words by which a note about intent is read: of each status, of reasons, of what does not belong (docs/intent.md).

Texts come folded: lower case, without accents and Markdown's marks, hyphens as spaces, "won't" as "will not". Pure.
"""

import re

from tasks.consumption import Consumption


def _any(words: str) -> re.Pattern:
    """One of the words, as a whole; the lines of a text are joined."""
    return re.compile(r"\b(?:" + "".join(line.strip() for line in words.splitlines()) + r")\b")


DOES_NOT = r"(?:does not|do not|did not|has not|have not|had not|is not|are not)"
USE = r"(?:deploy|use|adopt|enable|implement|roll ?out|move|migrate|onboard|switch|buy|go ahead|proceed)"
DO = rf"(?:{USE}|start|begin|complete|finish|continue|pilot|replace|extend)"
DOING = r"(?:deploying|adopting|enabling|implementing|rolling ?out|moving|migrating|onboarding|piloting|testing|using)"
WORK = r"(?:deployment|migration|rollout|roll out|pilot|adoption|onboarding|enablement)"
MEANS = r"(?:intends?|plans?|wants?|wishes|wish|aims?|hopes?|expects?|agreed|agrees|committed|decided|ready|keen|going)"
# FastTrack, and what it offers.
FASTTRACK = r"fasttrack(?: \w*(?:help|assist|support|engag|offer|benefit|service)\w*)?"
NUMBER = r"(?:\d+|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"

# A text that opens with a status says which one is meant, whatever else it mentions.
OPENING = re.compile(
    r"^(?:(?:l1|status|intent)\b[\s:]*)?(status unknown|in progress|blocked|no intent|duplicate|invalid)\b"
)
OF_OPENING = {
    "status unknown": Consumption.STATUS_UNKNOWN,
    "in progress": Consumption.IN_PROGRESS,
    "blocked": Consumption.BLOCKED,
    "no intent": Consumption.NO_INTENT,
    "duplicate": Consumption.DUPLICATE,
    "invalid": Consumption.DUPLICATE,
}
# What is denied is not said.
DENIED = _any(r"""
        (?:not|no longer|never|un) ?blocked|
        (?:no|without(?: any)?|free of) (?:\w+ )?(?:blockers?|issues?|problems?)|
        (?:blockers?|issues?|problems?) (?:(?:is|are|was|were|has been|have been) )?
        (?:resolved|fixed|solved|cleared|gone)
        """)
DECLINES_FASTTRACK = _any(rf"""
        (?:declin\w+|refus\w+|reject\w+|turn\w+ down|opt\w+ out of) (?:\w+ ){{0,3}}{FASTTRACK}|
        {DOES_NOT} (?:\w+ ){{0,2}}(?:want|need|require|wish)\w* (?:\w+ ){{0,3}}{FASTTRACK}|
        no (?:\w+ ){{0,3}}(?:intent|interest|need|desire|wish) (?:\w+ ){{0,3}}{FASTTRACK}|
        not interested in (?:\w+ ){{0,3}}{FASTTRACK}|
        without (?:\w+ ){{0,2}}fasttrack
        """)

# Said by the text: the first that fits wins, so what is said more firmly stands above.
SIGNALS: tuple[tuple[Consumption, re.Pattern], ...] = (
    (
        Consumption.DUPLICATE,
        _any(r"""
        duplicates?|invalid|test tenants?|fraudulent|fraud|re ?mapped|
        (?:cancel+ed|terminated|expired) (?:\w+ )?(?:subscriptions?|licen[cs]es?|contracts?|tenants?)|
        (?:subscriptions?|licen[cs]es?|contracts?|tenant) (?:\w+ ){0,2}(?:cancel+ed|terminated)|overage
        """),
    ),
    (
        Consumption.STATUS_UNKNOWN,
        _any(rf"""
        (?<!partner is )(?<!partner )(?<!vendor is )(?<!vendor )unresponsive|
        no (?:response|reply|answer|reaction|successful contact)|
        {DOES_NOT} (?:\w+ )?(?:respond|responded|reply|replied|answer|answered|react|reacted|call back|called back)|
        (?:never|not) (?:\w+ )?(?:responded|replied|answered|called back)|
        (?:unable|not able|failed) to (?:reach|contact|get hold of)|
        (?:cannot|could not) (?:be )?(?:reach|reached|contact|contacted)|unreachable|
        status unknown|intent (?:is )?(?:not known|unknown|not confirmed)|
        (?:not|never|nobody|no one) (?:has |was |been |yet )?asked (?:\w+ ){{0,3}}intent|
        intent (?:\w+ ){{0,3}}(?:not|never) (?:been )?asked
        """),
    ),
    (
        Consumption.NO_INTENT,
        _any(rf"""
        no (?:\w+ )?(?:intent|intention|intentions|interest|plans?|appetite|need|desire)|
        {DOES_NOT} (?:\w+ )?(?:have|see|show) (?:\w+ )?(?:intent|intention|interest|plans?|value|need|benefit)|
        {DOES_NOT} (?:\w+ )?(?:intend|plan|want|wish|need|aim|going|interested|considering|planning)|
        not (?:interested|going|planning|considering|intending)|
        (?:will|would|shall) (?:not|never) (?:\w+ )?{USE}|decided (?:against|not to)|
        (?:no|little|not enough) (?:\w+ )?(?:value|benefit|business case)|
        (?:stays?|staying|remains?|remaining|sticks?|sticking) (?:\w+ )?(?:on|with)|
        (?:keeps?|keeping|prefers?|preferring) (?:\w+ ){{0,2}}
        (?:its|their|using|own|existing|on ?premises?|competitor\w*)|
        (?:satisfied|happy|content) with (?:its|their|the)
        """),
    ),
    (
        Consumption.BLOCKED,
        _any(r"""
        blocked|blockers?|blocks|blocking|unable|cannot|(?:can|could) not|not able|problems?|
        issues?|prevent(?:s|ed|ing)?|stuck|on hold|held up|halted|stopped|paused|stalled|impeded|
        lack(?:s|ing)? (?:of )?features?|(?:is|are|still|we|they) waiting (?:for|on)|^waiting (?:for|on)|awaiting
        """),
    ),
    (
        Consumption.IN_PROGRESS,
        _any(rf"""
        {MEANS} (?:\w+ )?(?:to|on) (?:\w+ )?{DO}|
        (?:will|shall) (?:\w+ )?(?:be )?{DO}|
        (?:is|are|has been|have been|been|starts?|started|began|begun|begins?|continues?|busy|now|they|customer)
        (?: \w+)? {DOING}|
        (?:started|starting|begun|began|completed|completing|continues?|continuing|finished|finishing) (?:\w+ ){{0,3}}
        {WORK}|
        {WORK} (?:[\w,]+ ){{0,4}}(?:started|begun|began|starts?|
        begins?|continues?|runs|running|under ?way|in progress|planned|scheduled|completes?)|
        (?:deployed|enabled|migrated|rolled out|piloted) (?:\w+ ){{0,3}}(?:to|for|in|at|and|on)|
        (?:clear|strong|declared|confirmed|has|have|full) (?:\w+ ){{0,2}}intent(?:ion)?|
        (?:targets?|targeting) (?:\w+ )?(?:{MONTH}|q[1-4]|{NUMBER}|go live|completion|the end)|go live
        """),
    ),
)
IN_PROGRESS_BY_NAME = _any(r"in progress|on track|under ?way|ongoing|intent")

# H3: the words that guidance asks for.
CLEAR = _any(r"""
        unable|problems?|blocked|(?:do|does) not have (?:\w+ )?intent|issues?|no value|
        lack(?:s|ing)? (?:of )?features?
        """)
BECAUSE = re.compile(
    r"\b(?:because(?: of)?|due to|owing to|as a result of|thanks to|until|till|since|caused by|given that|given the|"
    r"blocked by|held up by|prevented by|stopped by|the reason (?:is|being)|reasons?:|for lack of|in order to|so that|"
    r"depends on|dependent on|(?:is|are) waiting (?:for|on)|awaiting|pending|as (?:it|they|the|their|its|we|there))"
    r"(?![\w-])\s*:?"
)
# These say the reason by themselves.
REASON_ITSELF = _any(r"""
        (?:no|little) (?:\w+ )?(?:value|benefit|business case|sponsor|budget)|lack(?:s|ing)? (?:of )?features?|
        (?:do|does) not see (?:\w+ )?(?:value|benefit|need)
        """)
RESOLVED_BY = _any(rf"""
        until|till|once|after|when|if|fix(?:ed|es)?|resolv\w+|resolution|upgrad\w+|replac\w+|workaround|
        remediat\w+|waiting (?:for|on)|awaiting|pending|plan(?:s|ned)? (?:to|for)|needs? to|must|requires?|
        expected|by (?:the end|end|q[1-4]|{MONTH}|\d)|first|next (?:week|month|quarter|year|release|step)|
        will (?:be )?\w+|eta|roadmap|escalated|ticket|design change
        """)
# A reason of these words alone names nothing.
VAGUE = frozenset(
    "a an the of some several various certain many few other more technical internal general unknown different these "
    "those this that its their it they them we our us customer customers issue issues problem problem's problems "
    "reason reasons things thing stuff blocker blockers blocked concern concerns challenge challenges matters further "
    "notice later now then is are was were be been being has have had there to and or by with in on at for not yet so "
    "something somebody everything until till because due circumstances situation status "
    "progress no intent same etc".split()
)
HEDGE = _any(r"for now|currently|yet|at the moment|at this time|for the time being")
LOGISTICS = _any(r"""
        (?:re)?schedul\w+ (?:\w+ ){0,3}(?:kick ?off|call|meeting|workshop|session|intro\w*)|
        (?:kick ?off|call|meeting|workshop|session|invit\w+) (?:\w+ ){0,3}(?:(?:re)?scheduled|
        planned|booked|set up|set|sent|held|moved|cancel+ed|is on|on)|
        (?:sent|sending|send) (?:\w+ ){0,3}(?:invit\w+|deck|mail|e mail|email|link|agenda|reminder|follow up)|
        (?:book\w*|arrang\w+|set\w* up|organi[sz]\w+) (?:\w+ ){0,3}(?:kick ?off|call|meeting|workshop|session)|
        (?:had|held|have|having) (?:\w+ ){0,3}(?:kick ?off|call|meeting|sync)|follow(?:ed|ing)? up|
        (?:met|spoke|talked) with|will (?:call|meet|follow up|reach out|check in)|kick ?off
        """)
USAGE = re.compile(
    r"\b\d[\d.,]{0,12} ?(?:%|percent|k\b)? ?(?:\w+ ){0,2}(?:active users?|au|mau|mad|usage|active devices|active)\b"
    r"|\b(?:usage|au|mau|active users?)\b(?: \w+){0,3} \d[\d.,]{0,12}|^\W*\d[\d.,]{0,12} ?(?:%|percent)?\W*$"
    r"|\b\d[\d.,]{0,12} ?(?:%|percent)"
)
STATUS_WORD = _any(r"""
        status unknown|in progress|blocked|no intent|intent|duplicate|invalid|unknown|on track|ongoing|done|
        complete|completed|deployed|enabled|unresponsive|no change|no changes|no update|no updates|as before|
        same as before|same|none|tbd|tbc|ok|fine|green|yellow|red
        """)
FILLER = frozenset(
    "the a an is are was has have had of for on in at to by with and or its it they their we our this that still now "
    "currently yet today moment l1 l2 l3 status state service services workload microsoft customer client tenant n "
    "been be no not as per see update current all both".split()
)
UNRESPONSIVE = _any(rf"""
        (?<!partner is )(?<!partner )(?<!vendor is )(?<!vendor )unresponsive|
        no (?:response|reply|answer|reaction)|
        {DOES_NOT} (?:\w+ )?(?:respond|responded|reply|replied|answer|answered|react|reacted|call back|called back)|
        (?:never|not) (?:\w+ )?(?:responded|replied|answered|called back)|
        (?:unable|not able|failed) to (?:reach|contact|get hold of)|
        (?:cannot|could not) (?:be )?(?:reach|reached|contact|contacted)|unreachable
        """)
ATTEMPTS = _any(rf"""
        {NUMBER} (?:\w+ ){{0,3}}
        (?:attempts?|tries|calls?|mails?|emails?|e mails?|messages?|voicemails?|times|reminders?)|
        (?:one|1) (?:attempt|call|mail|email|message|voicemail)|once|twice|thrice|attempts?:? {NUMBER}
        """)
ROLES = (
    r"(?:cio|cto|ciso|cfo|ceo|administrators?|admins?|it (?:manager|director|lead|head|team|department|contact)|"
    r"(?:project|program|programme|service|success|tenant|global|technical|business|deployment) "
    r"(?:manager|owner|lead|admin|contact|sponsor|administrator)|sponsor|owner|director|manager|decision maker|"
    r"(?:primary|main|main it|named|listed|known) contact|contact person|help ?desk|account team)"
)
ADDRESSEE = re.compile(
    r"(?<![\w.+-])[\w.+-]++@[\w-]++\.\w+"
    rf"|\b{ROLES}\b"
    r"|\b(?:called|calls? to|mails? to|e ?mails? to|mailed|e ?mailed|wrote to|messages? to|"
    r"messaged|voicemails? (?:to|for)|"
    r"contacted|reached out to|attempts? to (?:reach|contact|call|mail)|addressed to|tried|asked)\s+"
    rf"(?!the customer|customer|them|us|him|her|it\b|to\b|and\b|but\b|by\b|on\b|in\b|via\b|with\b|no\b|"
    r"without\b|the\b|a\b|"
    rf"once\b|twice\b|several\b|many\b|again\b|every|{NUMBER}\b)\w+"
)
MANAGED = _any(r"managed|account manager|account team|has an atu|s ?[1-9]00")
UNMANAGED = _any(r"""
        unmanaged|(?:not|un|non) ?managed|no account (?:team|manager)|without (?:an )?account (?:team|manager)
        """)
# The cause of a duplicate or invalid tenant (H9).
CAUSE = _any(r"""
        test tenants?|fraud\w*|re ?mapped|cancel+ed|terminated|overage|merged? (?:into|with)|moved (?:to|into)|
        (?:seats|licen[cs]es?|users?) (?:\w+ ){0,4}(?:in|on|at|of|to) (?:another|the other|a different|its other)|
        counted twice|donor|duplicates? of|internal use|demo|trial
        """)
ENGLISH = frozenset(
    "the a an to of is are was has have had and for in on with not no it they their its will be as by at that this "
    "because until we our customer who do does from but all".split()
)

# The L2 that words speak of, by its key; the L1 is in the key. The first that fits wins.
REASONS: tuple[tuple[str, re.Pattern], ...] = (
    ("status-unknown/customer-unresponsive", UNRESPONSIVE),
    (
        "status-unknown/new-subscription-or-workload",
        _any(r"""
        new (?:\w+ )?(?:seats|subscriptions?|licen[cs]es?|workloads?|services?|purchase)|too few seats|
        just bought|just purchased
        """),
    ),
    ("in-progress/migration", _any(r"migrat\w+|moving (?:\w+ ){0,2}(?:mailboxes|files|data|shares)|data move")),
    (
        "in-progress/solution-or-user-adoption",
        _any(r"""
        adopt\w*|champions?|training|awareness|user (?:readiness|communications?)|change management
        """),
    ),
    (
        "in-progress/technical-onboarding-and-deployment",
        _any(r"""
        deploy\w*|enabl\w+|pilot\w*|roll\w* ?out|onboarding|configur\w+|implement\w*|test\w*
        """),
    ),
    (
        "no-intent/using-microsoft-on-premises-solution",
        _any(r"""
        on prem\w*|exchange (?:server|201\d)|sharepoint (?:server|201\d)|own servers?|file servers?|
        hosted exchange|hoster
        """),
    ),
    (
        "no-intent/using-competitive-solution",
        _any(r"""
        competit\w+|slack|zoom|webex|google|gmail|g suite|workspace|dropbox|box|okta|mobileiron|airwatch|
        workspace one|citrix|symantec|mcafee|crowdstrike|proofpoint|mimecast|chrome|firefox|jamf|duo|ping|
        lotus notes|domino|salesforce|workplace by facebook|third party|
        (?:another|other|different|existing) (?:product|tool|solution|vendor|provider|supplier)
        """),
    ),
    (
        "no-intent/executive-sponsorship",
        _any(r"""
        (?:no|lack of|without|missing|lost its) (?:\w+ ){0,2}sponsor\w*|
        (?:no|little|lack of|not see) (?:\w+ )?(?:value|benefit|conviction|business (?:case|drivers?|need))|
        (?:management|leadership|executives?|board) (?:\w+ ){0,3}(?:not|against|refus\w+|declin\w+)|
        sponsor\w* (?:has )?left|not a priority|no priority
        """),
    ),
    (
        "blocked/legal-regulatory",
        _any(r"legal|law|laws|regulat\w+|works council|gdpr|data residency|compliance law|court"),
    ),
    (
        "blocked/billing-licensing-subscription",
        _any(r"""
        licen[cs]\w*|billing|sku\w*|renew\w*|wrong tenant|ea|enterprise agreement|subscription\w*|invoice|
        tenant (?:move|merge|migration)
        """),
    ),
    (
        "blocked/app-compatibility",
        _any(r"""
        line of business|lob|app\w* (?:\w+ ){0,2}(?:incompatib\w+|compatib\w+)|(?:in)?compatib\w+|macros?|
        plug ?ins?|add ?ins?|legacy app\w*
        """),
    ),
    (
        "blocked/partner-engagement",
        _any(r"partners?(?:'s)?|vendor|integrator|consultants?|supplier"),
    ),
    (
        "blocked/product-feature-capability",
        _any(r"""
        (?:missing|lack(?:s|ing)?(?: of)?|no|needs?|without) (?:\w+ ){0,3}
        (?:features?|capabilit\w+|functionalit\w+|support for)|
        features?|capabilit\w+|bugs?|defects?|limitations?|design change
        """),
    ),
    (
        "blocked/service-reliability",
        _any(r"""
        latency|outages?|unreliab\w+|reliab\w+|downtime|service (?:incidents?|interruptions?)
        """),
    ),
    (
        "blocked/security-privacy-non-product-feature",
        _any(r"""
        security (?:\w+ ){0,2}(?:policy|policies|team|review|approval|concerns?|department|assessment)|privacy|
        (?:dis|mis)trust|(?:cyber ?)?security|ciso|data protection
        """),
    ),
    (
        "blocked/customer-it-infrastructure-remediation",
        _any(r"""
        network|bandwidth|proxy|firewalls?|vpn|identity|identities|directory\w*|adfs|hybrid|hardware|devices?|
        desktops?|vdi|dns|servers?|infrastructure|windows 7|operating system|exchange 20\d\d|synchroni[sz]ation|
        ssl|certificates?
        """),
    ),
    (
        "blocked/adoption-readiness",
        _any(r"""
        users? (?:\w+ ){0,3}(?:not ready|training|readiness|resist\w+)|training|end users?|adoption|
        (?:communication|communications) (?:plan|to users)|union
        """),
    ),
    (
        "blocked/it-change-management-and-resourcing",
        _any(r"""
        resourc\w*|staff|people|budget|change (?:freeze|management|control|process)|freeze|capacity|merger|
        acquisition|re ?organi[sz]ation|prioriti\w+|other projects?|covid|year end|skills?|bandwidth of it|
        it team
        """),
    ),
)

MEETING = _any(r"""
        meetings?|kick ?off|workshop|sync|met with|call with|we (?:met|spoke|discussed)|agenda|session|attendees|
        participants
        """)
ATTENDEES = _any(r"""
        attendees?|participants?|attended|present|joined|in the room|
        (?:met|spoke|call|meeting|sync|workshop) with
        """)
DECISIONS = _any(r"decisions?|decid\w+|agree\w*|agreement|approv\w+|confirm\w+|chose|chosen")
ACTIONS = _any(r"""
        actions?|next steps?|to ?dos?|follow ups?|
        (?:will|to) (?:send|share|call|prepare|provide|check|set|book|ask|invite|deliver|review)|owner|owns
        """)
DAY = re.compile(
    rf"\b\d{{4}}-\d\d-\d\d\b|\b\d{{1,2}}[./]\d{{1,2}}\b|\b\d{{1,2}}\.? {MONTH}\b|\b{MONTH} \d{{1,2}}\b|"
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:tomorrow|next week|end of (?:the )?(?:week|month|quarter))\b"
)
