"""`python -m app` is the command line."""

import gc

gc.disable()  # what is loaded now stays: to look through it meanwhile takes a tenth longer

from app.cli import main  # noqa: E402

gc.freeze()
gc.enable()
main()
