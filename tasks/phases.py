"""The ten FastTrack phases by their names, in order (DOMAIN §4).

A page of a playbook names its phase by one of these words, and an engagement model leaves some out.
"""

PHASES = (
    "Presales",
    "Validation",
    "Engagement",
    "Assignment",
    "Initiate",
    "Assess",
    "Remediate",
    "Enable",
    "Migrate",
    "Success",
)
