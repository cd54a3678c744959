"""The command line.

Exit codes: 0 done; 1 refused, in whole or in part, with the reason on standard error; 2 the command was misspelt;
130 interrupted; 141 whoever read the output left. What a command makes (a token, a link, a list) is all it writes to
standard output.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from collab import __version__
from collab.api.logs import mask
from collab.cli.completion import completion
from collab.cli.doctor import doctor
from collab.cli.documents import documents
from collab.cli.links import link
from collab.cli.migrate import migrate
from collab.cli.output import plain
from collab.cli.serve import serve
from collab.cli.settings import settings
from collab.cli.token import token
from collab.errors import CollabError

INTERRUPTED = 130
"""What a shell says of a program that SIGINT ended: 128 and the signal's number."""
LEFT = 141
"""Likewise for SIGPIPE: ``collab documents list | head`` ends when head does, and quietly."""


class Commands(click.Group):
    """The commands; an error of ours ends any of them with its sentence, not with a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except CollabError as error:
            raise click.ClickException("\n".join(map(plain, mask(str(error)).splitlines()))) from error
        except (KeyboardInterrupt, click.Abort):  # the latter at a question
            click.echo(err=True)  # ends the line with the terminal's ^C
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            # What is still in the buffer has nowhere to go, and Python would complain about that at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(LEFT)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="""\b
Every command explains itself: collab documents --help, collab documents export --help.
Exit codes: 0 done; 1 refused, in whole or in part; 2 misspelt; 130 interrupted; 141 the reader of the output left.
""",
)
@click.version_option(__version__, prog_name="collab")
def main() -> None:
    """Write together: a co-editing server for any Yjs editor, with every acknowledged edit on disk."""


for command in (serve, documents, token, link, doctor, migrate, settings, completion):
    main.add_command(command)
