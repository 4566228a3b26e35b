"""Brings the whole stack up, and down again."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from local.console import Console
from local.definitions import code_folders, define
from local.functions import Functions
from local.gateway import Gateway, read_api
from local.gateway.definition import Api
from local.gateway.plans import UsagePlans
from local.invoke_api import InvokeApi
from local.moto import Moto
from local.pumps import pumping
from local.reload import watching
from local.resources import Created
from local.serving import listen, port_of, serving
from local.template import Template


@dataclass(frozen=True)
class Options:
    """How to run the stack."""

    template: Template
    port: int
    """0 takes a free one."""
    state: Path
    """Where logs and `env` go."""
    passed: Mapping[str, str]
    """Variables that every function gets beside its own, such as a model's key."""
    first: tuple[str, ...] = ()
    """Functions to start before all others."""
    is_reloading: bool = True


@dataclass(frozen=True)
class Stack:
    """A running stack."""

    base_url: str
    api: Api
    functions: Functions
    moto: Moto
    created: Created


@asynccontextmanager
async def running(options: Options, console: Console) -> AsyncIterator[Stack]:
    """The stack, while the block runs. Raises `PortInUse`, `UnknownResource`."""
    async with AsyncExitStack() as held:
        gateway_socket = held.enter_context(listen(options.port))
        invoke_socket = held.enter_context(listen(0))
        invoke_api = InvokeApi()
        starting = asyncio.create_task(Moto.start(port_of(invoke_socket)))
        translated = await asyncio.to_thread(options.template.translated)
        moto = await starting
        held.push_async_callback(moto.stop)
        created = Created(moto.client, translated, options.template.resolver())
        functions = Functions(console.error)
        held.push_async_callback(functions.stop)
        await _add_functions(functions, options, created, moto)
        await asyncio.to_thread(created.create_all)
        api = read_api(created)
        invoke_api.functions = functions
        await held.enter_async_context(serving(invoke_api, invoke_socket))
        await held.enter_async_context(pumping(created, functions, moto, console.error))
        if options.is_reloading:
            await held.enter_async_context(
                watching(code_folders(options.template), options.template.path, functions, console)
            )
        gateway = Gateway(api, functions, UsagePlans(moto.client), console.request)
        await held.enter_async_context(serving(gateway, gateway_socket))
        base_url = f"http://127.0.0.1:{port_of(gateway_socket)}/{api.stage}"
        yield Stack(base_url, api, functions, moto, created)


async def _add_functions(functions: Functions, options: Options, created: Created, moto: Moto) -> None:
    """Define the functions, and start the first ones while the others' resources are still being made."""
    logs = options.state / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    for logical_id in sorted(created.named("AWS::Lambda::Function"), key=lambda name: name not in options.first):
        definition = await asyncio.to_thread(
            define,
            options.template,
            created,
            logical_id,
            endpoint=moto.endpoint,
            passed=options.passed,
            log=logs / f"{logical_id}.log",
            environments_max=max(2, os.cpu_count() or 2),
        )
        functions.add(definition)
        if logical_id in options.first:
            functions.start([logical_id])


def prewarm(stack: Stack) -> None:
    """Start what the first requests will want: the authorizer, and one environment of each function behind a route."""
    arns = [authorizer.function_arn for authorizer in stack.api.authorizers.values()]
    arns += [method.function_arn for methods in stack.api.resources.values() for method in methods.values()]
    stack.functions.start(dict.fromkeys(arns))
