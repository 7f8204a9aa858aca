"""python -m hotline_router is the command hotline-router."""

from hotline_router.cli import main

main(prog_name="hotline-router")
