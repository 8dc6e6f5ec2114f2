"""Groups of commands."""

import click


class Group(click.Group):
    """A group that runs its first command when none is named: `mockmarket clock` is `mockmarket clock show`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the first command before options, and where nothing is named; a completion of nothing is one of all commands."""
        names_none = (
            args[0].startswith("-") and args[0] not in ctx.help_option_names if args else not ctx.resilient_parsing
        )
        return super().parse_args(ctx, [*self.commands][:1] + args if names_none else args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names in the order of their definition."""
        return [*self.commands]
