"""The real server, with a worker of tiny nodes: `python -m tests.server.tiny_server <options of serve>`."""

import sys
from dataclasses import replace

import main
from runtime.supervisor import Patience
from tests.runtime.tiny import configure

if __name__ == "__main__":
    arguments = main.parser().parse_args(["serve", *sys.argv[1:]])
    settings = main.settings_of(arguments)
    patience = Patience(cancel=0.5, stop=3.0)
    worker = configure(arguments.base_directory)
    sys.exit(
        main.readable(lambda: main.answer(arguments, replace(settings, worker=worker, patience=patience)))
    )
