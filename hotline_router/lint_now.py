import sys
from datetime import date

from hotline_router.lint import lint

for p in lint(today=date(2026, 11, 24)):
    if any(a in p.path for a in sys.argv[1:]):
        print(f"{p.path}: {p.check}: {p.message} -> {p.remedy}")
