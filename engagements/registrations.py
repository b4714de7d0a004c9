"""Loads what the concepts register with the kernel, once the apps are ready.

A new concept adds its modules here; the kernel itself imports none of them.
"""

from engagements.adoption import checks as _adoption
from engagements.customers import checks as _customers
from engagements.referrals import checks as _referrals
from engagements.reviews import checks as _reviews

LOADED = (_adoption, _customers, _referrals, _reviews)
