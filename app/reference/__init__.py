"""Reference data that a new installation starts from: tab-separated files, and ``read``, which types them.

All files are UTF-8 with one header line, no quoting, and ``\\n`` at the end of each line. Administrators edit
the rows in the database afterwards; nothing here is read while a request is served.

=========================  =======================================================================
taxonomy.tsv               the manual's appendix, row for row, repeats and damaged cells included
taxonomy_corrections.tsv   the damaged cells, where each stands, and what it should read
industries.tsv             the short name of each industry for the title on a certificate (R17)
regions.tsv                1 province, 16 prefectures, 129 counties by GB/T 2260 code
organizations.tsv          the emergency management office of each region, its number prefix (R16)
                           and its two other appointing bodies (R14)
departments.tsv            departments at the province and at each prefecture
holidays.tsv               days off and weekends worked, of the years that were announced:
                           2026 by 国办发明电〔2025〕7号
=========================  =======================================================================
"""
