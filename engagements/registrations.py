"""Loads what the concepts register with the kernel, once the apps are ready.

A new concept adds its modules here; the kernel itself imports none of them.
"""

import engagements.adoption.checks
import engagements.customers.checks
import engagements.referrals.checks
import engagements.reviews.checks  # noqa: F401 - all of them register themselves
