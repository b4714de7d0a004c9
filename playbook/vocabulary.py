"""The words of the playbook: roles, services, motions, phases and labels, under every spelling met so far.

Pure data and look-ups (DOMAIN §2.1, §3.3, §4, §5.2, §5.3). A known spelling answers with the playbook's own
name; an unknown one is kept as printed and the caller reports it. Adding a spelling is adding a word here.
"""

import re
import unicodedata
from functools import lru_cache

from tasks.phases import PHASES as STANDARD_PHASES

ROLES = {
    "Any Role": ("All Roles",),
    "App Assure Manager": ("AAM", "AppAssure Manager"),
    "FastTrack Architect": ("FTA",),
    "FastTrack Architect v2": ("FTA v2", "FTAv2"),
    "FastTrack Engineer": ("FE", "FastTrack Engineers", "FTE"),
    "FastTrack Manager": ("FM", "FastTrack Managers", "FastTrack Manger"),
    "FastTrack Manager (Health)": ("FM (Health)",),
    "FastTrack Partner Manager": ("FPM",),
    "FastTrack Solution Architect": ("FSA",),
    "FastTrack Specialist": (),
    "FastTrack Team Manager": ("TM",),
    "Gateway": (),
    "GetModern FTA": ("GM FTA", "Get Modern FastTrack Architect", "GetModern FastTrack Architect"),
    "Migration Engagement Lead": ("MEL",),
    "Migration Velocity Manager": ("MVM",),
    "Partner FastTrack Engineer": ("P-FE",),
    "Partner FastTrack Manager": ("P-FM",),
    "RFA Manager": ("G-RM", "Gateway RFA Manager"),
    "Regional Manager": ("RM",),
    "SME": ("SMEs", "Subject Matter Expert", "FastTrack Subject Matter Expert", "FastTrack SME"),
    "Targeting Manager": ("FastTrack Targeting Manager", "Gateway Targeting Manager", "GTM", "G-TM"),
    "Team Manager": (),
}

SERVICES = {
    "All Services": ("All", "All Service", "All Workloads"),
    "Core Onboarding": ("Core", "Core Onboarding Services"),
    "AADP": ("Azure AD Premium", "Azure Active Directory Premium", "AAD Premium", "AAD P"),
    "AIP": ("Azure Information Protection",),
    "AzRMS": ("Azure RMS", "Azure Rights Management"),
    "Classroom/SDS": ("SDS", "Classroom", "School Data Sync"),
    "Edge": ("Microsoft Edge",),
    "Exchange": ("Exchange Online", "EXO", "Microsoft Exchange"),
    "Intune": ("Microsoft Intune",),
    "MCAS": ("Microsoft Cloud App Security", "Cloud App Security"),
    "MDATP": ("Microsoft Defender ATP", "Windows Defender ATP", "WDATP"),
    "OATP": ("Office 365 ATP", "O365 ATP", "Office ATP"),
    "Office ProPlus": ("Office 365 ProPlus", "OPP", "O365 ProPlus", "ProPlus"),
    "OneDrive for Business": ("OneDrive", "ODB", "OD", "OneDrive f. Business"),
    "Outlook Mobile": ("Exchange: Outlook Mobile", "OLM", "Outlook for Mobile"),
    "PowerBI": (),
    "Project": ("Microsoft Project",),
    "Project Online Essentials": (),
    "Project Online Professional/Premium": (
        "Project Online Professional",
        "Project Online Premium",
        "Project Online",
    ),
    "Project Professional": ("Project Pro",),
    "SharePoint": ("SharePoint Online", "SPO"),
    "Skype for Business": ("SfB", "Skype for Business Online", "SfBO"),
    "Skype for Business - Cloud PBX": ("Cloud PBX",),
    "Skype for Business - PSTN Calling": ("PSTN Calling",),
    "Skype for Business - PSTN Conferencing": ("PSTN Conferencing",),
    "Staffhub": ("Microsoft StaffHub",),
    "Teams": ("Microsoft Teams", "MS Teams"),
    "Windows 10": ("Win10", "Win 10"),
    "Yammer": (),
}

MOTIONS = {
    "Customer Health": ("CH", "Customer Health Motion", "CustomerHealth"),
    "RFA": ("Request for Assistance", "Requests for Assistance", "RFA Motion"),
    "Targeting": ("Targeted", "Targeting Motion"),
}

# A translated name keeps its own spelling in the edition; what it stands for is known all the same.
SERVICE_TRANSLATIONS = {
    "All Services": (
        "Alle Dienste",
        "Alle Services",
        "Sämtliche Dienste",
        "Todos los servicios",
        "Todos os serviços",
        "Todos os Servicos",
        "すべてのサービス",
        "全サービス",
        "全てのサービス",
        "所有服务",
        "全部服务",
        "所有服務",
    ),
    "Core Onboarding": (
        "Kern-Onboarding",
        "Core-Onboarding",
        "Basis-Onboarding",
        "Incorporación principal",
        "Incorporación básica",
        "Integração principal",
        "Integração básica",
        "コア オンボーディング",
        "核心载入",
        "核心入职",
        "核心加入",
    ),
}
ROLE_TRANSLATIONS = {
    "FastTrack Manager": (
        "FastTrack-Leiter",
        "Administrador de FastTrack",
        "Gerente de FastTrack",
        "Gerente do FastTrack",
        "Responsable de FastTrack",
        "FastTrack マネージャー",
        "FastTrack マネージャ",
        "FastTrack 经理",
        "FastTrack 經理",
    ),
    "FastTrack Engineer": (
        "FastTrack-Techniker",
        "FastTrack-Ingenieur",
        "Ingeniero de FastTrack",
        "Engenheiro de FastTrack",
        "Engenheiro do FastTrack",
        "FastTrack エンジニア",
        "FastTrack 工程师",
        "FastTrack 工程師",
    ),
}
MOTION_TRANSLATIONS = {
    "Customer Health": (
        "Kundenintegrität",
        "Kundenzustand",
        "Kundengesundheit",
        "Estado del cliente",
        "Salud del cliente",
        "Saúde do cliente",
        "Integridade do cliente",
        "顧客の正常性",
        "お客様の正常性",
        "客户运行状况",
        "客户健康",
        "客户健康状况",
    ),
    "RFA": ("Anfrage um Unterstützung", "Solicitud de asistencia", "Solicitação de Assistência", "支援要請"),
    "Targeting": (
        "Zielgruppenadressierung",
        "Zielbestimmung",
        "Orientación",
        "Segmentación",
        "Direcionamento",
        "Segmentação",
        "ターゲティング",
        "ターゲット設定",
        "定位",
        "目标",
    ),
}
PHASE_TRANSLATIONS = {
    "Presales": ("Vorverkauf", "Preventa", "Pré-vendas", "プリセールス", "售前"),
    "Validation": ("Validierung", "Überprüfung", "Validación", "Validação", "検証", "验证"),
    "Engagement": ("Interacción", "Engajamento", "エンゲージメント", "参与", "互动"),
    "Assignment": ("Zuweisung", "Zuordnung", "Asignación", "Atribuição", "割り当て", "分配"),
    "Initiate": ("Initiieren", "Einleiten", "Starten", "Iniciar", "Inicio", "開始", "启动", "发起"),
    "Assess": ("Bewerten", "Bewertung", "Beurteilen", "Evaluar", "Evaluación", "Avaliar", "評価", "评估"),
    "Remediate": ("Korrigieren", "Beheben", "Bereinigen", "Corregir", "Remediar", "Corrigir", "修復", "修正"),
    "Enable": ("Aktivieren", "Habilitar", "Activar", "Ativar", "有効化", "启用"),
    "Migrate": ("Migrieren", "Migration", "Migrar", "Migración", "Migração", "移行", "迁移"),
    "Success": ("Erfolg", "Éxito", "Êxito", "Sucesso", "成功", "サクセス"),
}

# What an attribute line says, by the label before its colon.
LABELS = {
    "roles": (
        "Primary Role",
        "Primary Roles",
        "Role",
        "Roles",
        "Hauptrolle",
        "Hauptrollen",
        "Primäre Rolle",
        "Primäre Rollen",
        "Primärrolle",
        "Rolle",
        "Rol principal",
        "Roles principales",
        "Rol primario",
        "Función principal",
        "Funciones principales",
        "Papel principal",
        "Função principal",
        "Função primária",
        "Funções principais",
        "Função Primária do Microsoft FastTrack",
        "主要な役割",
        "主な役割",
        "主要役割",
        "プライマリ ロール",
        "主要ロール",
        "プライマリの役割",
        "第一の役割",
        "主要角色",
        "主角色",
    ),
    "motions": (
        "Motions",
        "Motion",
        "Bewegungen",
        "Bewegung",
        "Aktionen",
        "Anträge",
        "Movimientos",
        "Mociones",
        "Movimentos",
        "Moções",
        "モーション",
        "動作",
        "动作",
        "动议",
        "运动",
    ),
    "applies_to": (
        "Applies To",
        "Applies",
        "Gilt für",
        "Betrifft",
        "Anwendbar auf",
        "Se aplica a",
        "Aplicable a",
        "Aplica a",
        "Aplica-se a",
        "Aplicável a",
        "適用対象",
        "適用先",
        "対象",
        "適用",
        "适用于",
        "適用於",
        "适用对象",
        "应用于",
    ),
    "phase": ("Phase", "Phases", "Phasen", "Fase", "Fases", "フェーズ", "阶段", "階段"),
    "audience": ("Audience", "Zielgruppe", "Público", "Audiencia", "Público-alvo", "対象者", "受众", "對象"),
    "manager": (
        "Program Manager",
        "Programm-Manager",
        "Programmmanager",
        "Administrador de programas",
        "Jefe de programa",
        "Gerente de programa",
        "プログラム マネージャー",
        "项目经理",
        "程序管理员",
    ),
    "cadence": ("Cadence", "Kadenz", "Rhythmus", "Häufigkeit", "Intervall", "Turnus", "Cadencia", "Frecuencia")
    + ("Cadência", "Frequência", "周期", "頻度", "ケイデンス", "节奏", "频率", "間隔"),
    "purpose": ("Purpose", "Zweck", "Propósito", "Finalidad", "Objetivo", "Finalidade", "目的", "用途"),
    "other": ("Note", "Hinweis", "Nota", "Observação", "注", "注意", "メモ", "备注", "注释", "Tip", "Tipp")
    + ("Important", "Wichtig", "Importante", "重要", "Warning", "Warnung", "Achtung", "Example", "Examples")
    + ("Beispiel", "Ejemplo", "Exemplo", "例", "示例", "Output", "Recurring Activity", "Sugerencia", "Dica")
    + ("Sample Agenda", "Agenda", "Deliverable", "Deliverables", "Goal", "Objective", "Date", "Owner"),
}

NOTHING = frozenset(
    (
        "none",
        "n/a",
        "na",
        "nothing",
        "keine",
        "keiner",
        "keines",
        "ninguno",
        "ninguna",
        "nenhum",
        "nenhuma",
        "なし",
        "無し",
        "无",
        "無",
        "没有",
    )
)
OPTIONAL_LETTER_WORDS = ("optional", "opcional", "任意", "可选", "可選", "オプション")
MANDATORY_LETTER_WORDS = ("mandatory", "erforderlich", "obligatorisch", "obligatorio", "mandatorio") + (
    "obrigatório",
    "必須",
    "强制",
    "强制性",
    "必需",
    "強制",
)

TASK_HEADING = re.compile(r"ftop|task|aufgabe|tarea|tarefa|タスク|任务|任務", re.I)
TASK_ID_HEADER = re.compile(r"\bids?\b|\bid[.\s]|タスク|任务|任務|aufgaben|tarea|tarefa", re.I)
IN_WORD = r"inputs?|eingaben?|eing[aä]ng\w*|entradas?|insumos?|入力|インプット|输入|輸入"
OUT_WORD = (
    r"outputs?|ausgaben?|ausg[aä]ng\w*|ergebnisse?"
    r"|salidas?|sa[ií]das?|resultados?|出力|アウトプット|成果|输出|輸出|产出"
)
STEP_WORD = r"step|schritt|paso|etapa|passo|ステップ|手順|步骤|步驟"
STEP = re.compile(STEP_WORD, re.I)
KEY_IN = re.compile(IN_WORD, re.I)
KEY_OUT = re.compile(OUT_WORD, re.I)
NEXT_STEPS = re.compile(
    r"next step|nächste\w{0,9} schritt|pasos siguientes|siguientes pasos|próximos? pas+os?|próximas? etapas?"
    r"|passos seguintes|próximos procedimentos|次のステップ|次の手順|后续步骤|後續步驟|下一步|接下来",
    re.I,
)
OPTIONAL_WORDS = re.compile(
    r"\(\s*(?:if\s+(?:applicable|available|appropriate)|optional)\s*\)|\[\s*optional\s*\]|\bif\s+needed\b"
    r"|\(?\b(?:falls|sofern|wenn)\s+zutreffend\b|[(\[]\s*optional|\b(?:bei\s+bedarf|falls\s+erforderlich)\b"
    r"|\bsi\s+(?:corresponde|procede|es\s+aplicable|es\s+necesario|aplica|fuera\s+necesario)\b|[(\[]\s*opcional"
    r"|\bse\s+(?:aplicável|for\s+aplicável|necessário|for\s+necessário)\b"
    r"|該当する場合|必要に応じて|必要な場合|[（(\[]\s*(?:任意|オプション|可选)|如果适用|如适用|如果需要|如有需要|如有必要|若适用",
    re.I,
)
ONE_OF_WORDS = re.compile(
    r"\b(?:one|any)\s+(?:or\s+more\s+)?of\s+the\s+following\b|\beine[rsn]?\s+der\s+folgenden\b"
    r"|\bun[oa]\s+de\s+l[oa]s\s+siguientes\b|\buma?\s+d[oa]s\s+seguintes\b|次のいずれか|以下のいずれか|以下之一|下列之一|以下任一",
    re.I,
)

LANGUAGES = ("en", "de", "es", "pt", "ja", "zh")
FILE_LANGUAGE = re.compile(r"-(de|es|pt|ja|zh)(?:-(?:[a-z]{2}|hans|hant))?$", re.I)


LONGEST_KEPT = 200  # characters; what is longer is no name, and is worked out anew each time


def fold(text: str) -> str:
    """Letters and digits only, without case: how two spellings of one thing are compared."""
    return _kept_fold(text) if len(text) <= LONGEST_KEPT else _fold(text)


def _fold(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


_kept_fold = lru_cache(maxsize=20_000)(_fold)


def fold_title(title: str) -> str:
    """A process name without case, punctuation and the difference between "&" and "and" (DESIGN §4)."""
    return _kept_title(title) if len(title) <= LONGEST_KEPT else _fold_title(title)


def _fold_title(title: str) -> str:
    words = re.split(r"[\W_]+", unicodedata.normalize("NFKC", title).casefold().replace("&", " and "))
    return " ".join(word for word in words if word not in ("", "and"))


_kept_title = lru_cache(maxsize=5_000)(_fold_title)


def _spellings(table: dict) -> dict:
    return {fold(spelling): name for name, others in table.items() for spelling in (name, *others)}


_KNOWN = {"role": _spellings(ROLES), "service": _spellings(SERVICES), "motion": _spellings(MOTIONS)}
_TRANSLATED = {
    "role": _spellings(ROLE_TRANSLATIONS),
    "service": _spellings(SERVICE_TRANSLATIONS),
    "motion": _spellings(MOTION_TRANSLATIONS),
}
_PHASES = {fold(name): name for name in STANDARD_PHASES} | {
    fold(word): name for name, words in PHASE_TRANSLATIONS.items() for word in words
}
_LABELS = {fold(word): kind for kind, words in LABELS.items() for word in words}


def canonical(kind: str, text: str) -> str | None:
    """The playbook's own spelling of a role, service or motion; None for a word it does not know."""
    return _KNOWN[kind].get(fold(text))


def meaning(kind: str, text: str) -> str | None:
    """What a printed role, service or motion stands for, a translated one included ("Alle Dienste")."""
    return canonical(kind, text) or _TRANSLATED[kind].get(fold(text))


def phase_named(text: str) -> str | None:
    """The standard phase a word stands for, in any of the six languages."""
    return _PHASES.get(fold(text))


def says_step_in(text: str) -> bool:
    """Whether a text speaks of the inputs of a step, in any of the six languages."""
    return bool(STEP.search(text) and KEY_IN.search(text))


def says_step_out(text: str) -> bool:
    """Whether a text speaks of the outputs of a step, in any of the six languages."""
    return bool(STEP.search(text) and KEY_OUT.search(text))


def label_kind(label: str) -> str | None:
    """What an attribute label announces: roles, motions, applies_to, phase, audience …"""
    return _LABELS.get(fold(label))


def language_of(stem: str, text: str) -> str:
    """The language of a page: its file-name suffix, else its script, else its commonest small words."""
    suffix = FILE_LANGUAGE.search(stem)
    if suffix:
        return suffix.group(1).lower()
    sample = text[:20_000]
    if len(re.findall(r"[\u3040-\u30ff]", sample)) > 40:
        return "ja"
    if len(re.findall(r"[\u4e00-\u9fff]", sample)) > 40:
        return "zh"
    words = re.findall(r"[^\W\d_]+", sample.lower())
    counts = {language: sum(words.count(word) for word in small) for language, small in _SMALL_WORDS.items()}
    best = max(counts, key=counts.get)
    return best if counts[best] > counts["en"] else "en"


_SMALL_WORDS = {
    "en": ("the", "and", "of", "to", "with"),
    "de": ("der", "die", "und", "das", "mit"),
    "es": ("el", "los", "del", "y", "con"),
    "pt": ("o", "os", "do", "e", "com"),
}

_SEPARATORS = re.compile(
    r"(?:(?<!\s)\s++)?(?:[,;、，；＆&]|(?<=\s)[/／]|[/／]\s|／|\band\s*+/\s*+or\b|\bund\s*+/\s*+oder\b|\by\s*+/\s*+o\b"
    r"|\be\s*+/\s*+ou\b|および\s*+/\s*+または|和\s*+/\s*+或|(?<=\s)\|\s)\s*+",
    re.I,
)
_WORDS_BETWEEN = re.compile(r"(?<!\s)\s++(?:and|or|und|oder|y|o|e|ou)\s++|と|または|和|或", re.I)


def split_names(kind: str, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names in one cell or attribute, known ones in the playbook's spelling, and the unknown among them.

    "Classroom/SDS" is one service and "Teams/Yammer" are two: a slash without blanks separates only names
    that are known by themselves (DOMAIN §5.3).
    """
    return _kept_names(kind, text) if len(text) <= LONGEST_KEPT else _split_names(kind, text)


def _split_names(kind: str, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names, unknown = {}, []
    whole = text.strip()
    pieces = [whole] if canonical(kind, whole) else _SEPARATORS.split(whole)
    for piece in pieces:
        for part in _parts(kind, piece.strip(" .·*_\\")):
            name = canonical(kind, part)
            if not name and not meaning(kind, part):
                unknown.append(part)
            names[name or part] = True
    return tuple(names), tuple(unknown)


_kept_names = lru_cache(maxsize=5_000)(_split_names)


def _parts(kind: str, piece: str) -> list[str]:
    if not piece:
        return []
    if meaning(kind, piece):
        return [piece]
    if kind == "motion" and re.search(r"[/／]", piece):
        return [part.strip() for part in re.split(r"[/／]", piece) if part.strip()]
    for separator in (re.compile(r"[/／]"), _WORDS_BETWEEN):
        segments = [segment.strip() for segment in separator.split(piece)]
        if len(segments) < 2 or not all(segments):
            continue
        joined = _known_runs(kind, segments)
        if joined:
            return joined
    return [piece]


def _known_runs(kind: str, segments: list[str]) -> list[str]:
    """The segments joined into known names, longest first; empty when one of them stays unknown."""
    found = []
    at = 0
    while at < len(segments):
        for size in range(min(3, len(segments) - at), 0, -1):
            name = "/".join(segments[at : at + size])
            if meaning(kind, name):
                found.append(name)
                at += size
                break
        else:
            return []
    return found
