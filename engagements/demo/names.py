"""Words of the demo: well-known fictional companies, people, countries, sentences of notes."""

COMPANIES = (
    "Northwind Traders|Contoso|Fabrikam|Woodgrove Bank|Litware|Lucerne Publishing|Adventure Works|Tailspin Toys|"
    "VanArsdel|Humongous Insurance|Trey Research|Relecloud|Proseware|Alpine Ski House|Wide World Importers|"
    "Graphic Design Institute|Coho Winery|Blue Yonder Airlines|City Power & Light|Consolidated Messenger|"
    "Fourth Coffee|Margie's Travel|School of Fine Art|Southridge Video|The Phone Company|Wingtip Toys|"
    "Lamna Healthcare|Bellows College|Munson's Pickles|Nod Publishers|A. Datum|Best For You Organics|"
    "First Up Consultants|Liberty's Delightful Bakery|Oréal Étoffes|Müller & Söhne|Åkerlund Rederi|"
    "Żubr Logistyka|Terra Firma Wines|VanGuard Ferries"
).split("|")
KINDS = "Foods Logistics Bank Textiles Energy Media Clinics Motors Paper Rail Shipping Insurance Farms Steel".split()
PLACES = "Alder Birch Cedar Dover Elm Fjord Garnet Harbor Iris Juniper Kestrel Linden Maple Nordic Onyx Poplar".split()
COUNTRIES = (
    ("US", "America/New_York"),
    ("DE", "Europe/Berlin"),
    ("PT", "Europe/Lisbon"),
    ("GB", "Europe/London"),
    ("NZ", "Pacific/Auckland"),
    ("SE", "Europe/Stockholm"),
)
CONTACTS = (
    "Priya Raman|Bo Lindqvist|Marta Silva|Tomás Herrera|Aiko Tanaka|Grace Boateng|Henrik Dahl|Leila Haddad|"
    "Owen Pritchard|Zofia Nowak"
).split("|")
TITLES = ("Head of IT", "Programme manager", "Chief information officer", "Adoption lead", "Service owner")
NOTES = (
    "Call with {contact}. We went through where the rollout stands and agreed what comes next.",
    "{contact} confirmed the plan; two trainers are booked and the pilot group has been told.",
    "Workshop with {contact} and the service owners. Questions on guest access go to the next call.",
    "{contact} asked for a written summary of roles; sent it the same day.",
    "Short sync: the pilot is on time, {contact} wants help with champions in two offices.",
)
ACTIONS = (
    "Send {contact} the list of open questions",
    "Ask {contact} for the names of the pilot group",
    "Confirm the date of the next workshop with {contact}",
    "Call {contact} about the remaining prerequisites",
)
BLOCKED = (
    ("Blocked-Technical-Customer", "The proxy drops Teams media; the network team is on it."),
    ("Blocked-Business", "The budget for the change team is not released yet."),
    ("Blocked-Pending Remediation", "Two findings of the assessment are open."),
    ("Blocked-Technical-MS", "Waiting for a fix that is promised for this month."),
)
# username: (first name, last name, group, role or none, time zone)
PEOPLE = {
    "fm": ("Ana", "Ruiz", "FastTrack Manager", "FastTrack Manager", "Europe/Lisbon"),
    "fm2": ("Ben", "Adler", "FastTrack Manager", "FastTrack Manager", "America/New_York"),
    "fm3": ("Mei", "Castellano", "FastTrack Manager", "FastTrack Manager", "Pacific/Auckland"),
    "fe": ("Sam", "Okafor", "FastTrack Engineer", "FastTrack Engineer", "Europe/London"),
    "fta": ("Inês", "Duarte", "FastTrack Architect", "FastTrack Architect v2", "Europe/Lisbon"),
    "tm": ("Joana", "Prates", "Team Manager", "Team Manager", "Europe/Lisbon"),
    "partner": ("Pat", "Lindholm", "Partner", "Partner FastTrack Manager", "Europe/Stockholm"),
    "leader": ("Lea", "Novak", "Privileged Reader", None, "Europe/Berlin"),
    "admin": ("Ada", "Min", None, None, "UTC"),
}
PASSWORD = "fasttrack-demo"  # noqa: S105 (published on purpose; refused in production)
