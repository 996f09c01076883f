"""The shapes of pyautogen 0.2.40, autogen/coding: what GuardedExecutor touches of
CodeBlock, CodeResult (models of pydantic 2), the CodeExecutor protocol and
LocalCommandLineCodeExecutor. Written for the tests; it runs blocks as that does:
each saved in work_dir and started as a process, until one fails."""

import hashlib
import os
import pathlib
import re
import subprocess
import sys
import typing


class _Field:
    def __init__(self, default=...):
        self.default = default

    def is_required(self):
        return self.default is ...


class BaseModel:
    """As much of pydantic.BaseModel as is used."""

    model_fields: typing.ClassVar[dict] = {}

    def __init__(self, **values):
        for name, field in self.model_fields.items():
            if name not in values and field.is_required():
                raise TypeError("%s is missing" % name)
            setattr(self, name, values.pop(name, field.default))
        if values:
            raise TypeError("unknown: %s" % sorted(values))


class CodeBlock(BaseModel):
    model_fields = {"code": _Field(), "language": _Field()}


class CodeResult(BaseModel):
    model_fields = {"exit_code": _Field(), "output": _Field()}


class CommandLineCodeResult(CodeResult):
    model_fields = dict(CodeResult.model_fields, code_file=_Field(None))


@typing.runtime_checkable
class CodeExecutor(typing.Protocol):
    @property
    def code_extractor(self): ...

    def execute_code_blocks(self, code_blocks: typing.List[CodeBlock]) -> CodeResult: ...

    def restart(self) -> None: ...


class FunctionWithRequirements:
    def __init__(self, func, python_packages=(), global_imports=()):
        self.func, self.python_packages, self.global_imports = func, list(python_packages), list(global_imports)


_PATTERNS = [
    re.compile(r"^<!-- (filename:)?(.+?) -->", re.DOTALL),
    re.compile(r"^/\* (filename:)?(.+?) \*/", re.DOTALL),
    re.compile(r"^// (filename:)?(.+?)$", re.DOTALL),
    re.compile(r"^# (filename:)?(.+?)$", re.DOTALL),
]


def _get_file_name_from_content(code, workspace_path):
    for pattern in _PATTERNS:
        match = pattern.match(code.split("\n")[0].strip())
        if match is not None:
            path = pathlib.Path(match.group(2).strip())
            if not path.is_absolute():
                path = workspace_path / path
            return str(path.resolve().relative_to(workspace_path.resolve()))
    return None


class LocalCommandLineCodeExecutor(CodeExecutor):
    DEFAULT_EXECUTION_POLICY = {
        "bash": True, "shell": True, "sh": True, "pwsh": True, "powershell": True, "ps1": True,
        "python": True, "javascript": False, "html": False, "css": False,
    }

    def __init__(self, timeout=60, virtual_env_context=None, work_dir=pathlib.Path("."), functions=(), execution_policies=None):
        self._timeout, self._virtual_env_context = timeout, virtual_env_context
        self._work_dir = pathlib.Path(work_dir)
        self._functions, self._setup_functions_complete = list(functions), not functions
        self.execution_policies = dict(self.DEFAULT_EXECUTION_POLICY, **(execution_policies or {}))
        self.restarted = 0

    @property
    def work_dir(self) -> pathlib.Path:
        return self._work_dir

    @property
    def timeout(self) -> int:
        return self._timeout

    @property
    def code_extractor(self):
        return "MarkdownCodeExtractor"

    def restart(self) -> None:
        self.restarted += 1

    def _setup_functions(self):
        packages = sorted({p for f in self._functions for p in f.python_packages})
        if packages:
            subprocess.run([sys.executable, "-m", "pip", "install"] + packages, cwd=self._work_dir, check=True)
        self._setup_functions_complete = True

    def execute_code_blocks(self, code_blocks: typing.List[CodeBlock]) -> CommandLineCodeResult:
        if not self._setup_functions_complete:
            self._setup_functions()
        output, exit_code, files = "", 0, []
        for block in code_blocks:
            lang = block.language.lower()
            try:
                name = _get_file_name_from_content(block.code, self._work_dir)
            except ValueError:
                return CommandLineCodeResult(exit_code=1, output="Filename is not in the workspace")
            ext = "py" if lang.startswith("python") else lang
            file = (self._work_dir / (name or "tmp_code_%s.%s" % (hashlib.md5(block.code.encode()).hexdigest(), ext))).resolve()
            file.write_text(block.code)
            files.append(str(file))
            if not self.execution_policies.get(lang, False):
                output += "Code saved to %s\n" % file
                continue
            program = {"shell": "sh", "python": "python3"}.get(lang, lang)
            env = os.environ.copy()
            if self._virtual_env_context:
                env["PATH"] = os.path.abspath(self._virtual_env_context.bin_path) + os.pathsep + env["PATH"]
            result = subprocess.run([program, str(file)], cwd=self._work_dir, capture_output=True, text=True, timeout=self._timeout, env=env)
            output += result.stderr + result.stdout
            exit_code = result.returncode
            if exit_code != 0:
                break
        return CommandLineCodeResult(exit_code=exit_code, output=output, code_file=files[0] if files else None)
