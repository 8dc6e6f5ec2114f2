"""`completion` prints the script that lets a shell complete our command lines; `help` prints the help of a command."""

from collections.abc import Sequence

import click
from click.shell_completion import CompletionItem, get_completion_class

PROGRAM, VARIABLE = "mockmarket", "_MOCKMARKET_COMPLETE"
SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, /, shell: str) -> None:
    """Print the script for completion in a SHELL.

    It completes commands, options and names, those of the running server too.

    In ~/.bashrc: eval "$(mockmarket completion bash)". In ~/.zshrc, after compinit: eval "$(mockmarket completion zsh)".
    In ~/.config/fish/config.fish: mockmarket completion fish | source"""
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"There is no completion for {shell}.", ctx)
    click.echo(kind(ctx.find_root().command, {}, PROGRAM, VARIABLE).source(), nl=False)


def resolved(ctx: click.Context, names: Sequence[str]) -> click.Context:
    """Return the context of the command that the names lead to from the root; UsageError where they lead nowhere."""
    context = ctx.find_root()
    for name in names:
        if not isinstance(context.command, click.Group):
            raise click.UsageError(f"{context.command_path} has no commands.", context)
        _, command, _ = context.command.resolve_command(context, [name])
        if command is None:  # during a completion it is no error of its own
            raise click.NoSuchCommand(name, ctx=context)
        context = click.Context(command, context, name)
    return context


def complete(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete the name of a command after those before it."""
    try:
        context = resolved(ctx, ctx.params.get("names") or ())
    except click.UsageError:
        return []
    return context.command.shell_complete(context, incomplete) if isinstance(context.command, click.Group) else []


@click.command("help")
@click.argument("names", nargs=-1, metavar="[COMMAND]...", shell_complete=complete)
@click.pass_context
def help_command(ctx: click.Context, /, names: Sequence[str]) -> None:
    """Print the help of a COMMAND, or the list of all."""
    context = resolved(ctx, names)
    click.echo(context.command.get_help(context))
