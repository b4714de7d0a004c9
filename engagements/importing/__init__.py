"""Records from a spreadsheet, looked at before they are written: customers and tenants, active users, or licences.

``columns``   which columns there are, and by which names people head them
``reading``   an uploaded file → rows of text, or a sentence that says how to mend the file
``workbook``  the part of reading that opens Excel workbooks, within bounds
``values``    the text of a cell → a number, a tenant ID, a country …
``records``   everything kept that the rows may speak of, in a constant number of queries
``planning``  rows and records → what each row would make or change, or why it is refused
``usage``     the columns of active users, and rows → readings
``reports``   the form of usage reports: a column per service → a row per service and day
``licences``  the list of products and licences, and rows → entitlements per service
``tenants``   the tenants that rows name, or the one that a file is about
``options``   what is chosen for a file as a whole, kept with the upload
``rights``    who may change which records by an import, and assign whom
``writing``   rows → CSV that no spreadsheet runs as a formula

What can be imported, and applying it, is ``services/imports.py``.
"""
