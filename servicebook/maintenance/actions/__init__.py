"""The only writers of maintenance: one function per transition, in the module of what it is about.

Each locks the occurrence or plan, decides with a rule, writes rows, records it in the journal, and
brings the agenda in line. An occurrence is locked before its ticket.
"""
