"""Records from a spreadsheet, looked at before they are written: customers and their tenants, or active users.

``columns``   which columns there are, and by which names people head them
``reading``   an uploaded file → rows of text, or a sentence that says how to mend the file
``workbook``  the part of reading that opens Excel workbooks, within bounds
``values``    the text of a cell → a number, a tenant ID, a country …
``records``   everything kept that the rows may speak of, in a constant number of queries
``planning``  rows and records → what each row would make or change, or why it is refused
``usage``     the columns of active users, and rows → readings
``rights``    who may change which records by an import, and assign whom
``writing``   rows → CSV that no spreadsheet runs as a formula

What can be imported, and applying it, is ``services/imports.py``.
"""
