"""The shapes of autogen-core and autogen-ext 0.7 (code_executor/_base.py,
code_executors/local) and of the approvals of autogen-agentchat 0.7
(agents/_code_executor_agent.py): what venv_guard touches of them. Written for the
tests."""

from __future__ import annotations

import abc
import asyncio
import dataclasses
import inspect
import pathlib
import sys
from typing import Any, List, Optional


@dataclasses.dataclass
class CodeBlock:
    code: str
    language: str


@dataclasses.dataclass
class CodeResult:
    exit_code: int
    output: str


@dataclasses.dataclass
class CommandLineCodeResult(CodeResult):
    code_file: Optional[str]


class CancellationToken:
    def __init__(self) -> None:
        self._cancelled, self._callbacks = False, []

    def cancel(self) -> None:
        self._cancelled = True
        for callback in self._callbacks:
            callback()

    def is_cancelled(self) -> bool:
        return self._cancelled

    def link_future(self, future):
        if self._cancelled:
            future.cancel()
        self._callbacks.append(future.cancel)
        return future


class CodeExecutor(abc.ABC):
    @abc.abstractmethod
    async def execute_code_blocks(self, code_blocks: List[CodeBlock], cancellation_token: CancellationToken) -> CodeResult: ...

    @abc.abstractmethod
    async def start(self) -> None: ...

    @abc.abstractmethod
    async def stop(self) -> None: ...

    @abc.abstractmethod
    async def restart(self) -> None: ...

    def dump_component(self) -> Any:
        return {"provider": type(self).__name__}

    async def __aenter__(self):
        await self.start()
        return self

    async def __aexit__(self, exc_type, exc_val, exc_tb):
        await self.stop()


class LocalCommandLineCodeExecutor(CodeExecutor):
    def __init__(self, timeout=60, work_dir=None, functions=(), virtual_env_context=None):
        self._timeout, self._work_dir, self._virtual_env_context = timeout, pathlib.Path(work_dir or "."), virtual_env_context
        self._functions, self._setup_functions_complete = list(functions), not functions
        self.started = False

    @property
    def work_dir(self) -> pathlib.Path:
        return self._work_dir

    @property
    def functions(self) -> List[str]:
        raise NotImplementedError

    async def start(self) -> None:
        self.started = True

    async def stop(self) -> None:
        self.started = False

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def execute_code_blocks(self, code_blocks: List[CodeBlock], cancellation_token: CancellationToken) -> CommandLineCodeResult:
        output, exit_code, name = "", 0, None
        for i, block in enumerate(code_blocks):
            lang = block.language.lower()
            file = (self._work_dir / ("tmp_code_%d.%s" % (i, "py" if lang == "python" else lang))).resolve()
            name = name or str(file)
            file.write_text(block.code)
            program = sys.executable if lang == "python" else {"shell": "sh"}.get(lang, lang)
            process = await asyncio.create_subprocess_exec(
                program, str(file), cwd=self._work_dir, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
            )
            out, _ = await asyncio.wait_for(process.communicate(), self._timeout)
            output += out.decode()
            exit_code = process.returncode
            if exit_code != 0:
                break
        return CommandLineCodeResult(exit_code=exit_code, output=output, code_file=name)


@dataclasses.dataclass
class ApprovalRequest:
    code: str
    context: List[Any]


@dataclasses.dataclass
class ApprovalResponse:
    approved: bool
    reason: str


class CodeExecutorAgent:
    """execute_code_block of the agent, to the point where the executor is called."""

    def __init__(self, code_executor, approval_func=None):
        self._code_executor, self._approval_func = code_executor, approval_func
        self._approval_func_is_async = approval_func is not None and inspect.iscoroutinefunction(approval_func)

    async def execute_code_block(self, code_blocks: List[CodeBlock], cancellation_token: CancellationToken) -> CodeResult:
        if self._approval_func is not None:
            code = "\n\n".join("```%s\n%s\n```" % (b.language, b.code) for b in code_blocks)
            request = ApprovalRequest(code=code, context=[])
            response = self._approval_func(request)
            if self._approval_func_is_async:
                response = await response
            if not response.approved:
                return CodeResult(exit_code=1, output="Code execution was not approved. Reason: %s" % response.reason)
        return await self._code_executor.execute_code_blocks(code_blocks, cancellation_token=cancellation_token)
