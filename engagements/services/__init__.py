"""Everything that writes. Each service is one sentence of the field: keyword-only, atomic, leaves an event.

They know no request. They raise ``Refused`` with a sentence for the person, or ``GateClosed`` with the
verdict, and then nothing has been written.
"""
