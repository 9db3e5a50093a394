"""What reaches everywhere: every spelling of the root directory, and no ordinary path."""

from __future__ import annotations

import posixpath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.errors import FullAccessDenied
from codex_runtime.model.access import (
    AccessGate,
    is_full_access,
    refuse_full_access_call,
    refuse_full_access_override,
)
from codex_runtime.model.reach import (
    any_reaches_everywhere,
    reaches_everywhere,
)
from codex_runtime.protocol import (
    AdditionalFileSystemPermissions,
    ConfigValueWriteParams,
    FileSystemSandboxEntry,
    GlobPatternFileSystemPath,
    GrantedPermissionProfile,
    PathFileSystemPath,
    PermissionsRequestApprovalResponse,
    ProjectRootsFileSystemSpecialPath,
    RootFileSystemSpecialPath,
    SpecialFileSystemPath,
    TmpdirFileSystemSpecialPath,
    UnknownFileSystemSpecialPath,
    WorkspaceWriteSandboxPolicy,
)

METHOD = "item/permissions/requestApproval"
names = st.text("abzXY09_-. ~", min_size=1, max_size=6).filter(lambda name: name.strip(". "))
patterns = st.sampled_from(["*", "**", "?", "[a-z]*", "{a,b}", "{,a}", "?*"])
EVERYWHERE = [
    "/",
    "//",
    "///",
    "/.",
    "/../",
    "/tmp/..",
    "/tmp/../",
    "/./../",
    "/x/../../",
    "/**",
    "/**/*",
    "/*/**",
    "**",
    "**/*",
    "./**",
    "/?*/**",
    "/[a-z]*/**",
    "/{a,b}/**",
    "/{,home}/x",
    "/tmp/../**",
    "/home/*/../../**",
    "/\\./**",
    "..",
    "../..",
    "../**",
    "~/..",
    "~user/../..",
    ":root",
    ":root/.",
    ":project_roots/..",
    "C:\\",
    "c:/",
    "C:\\Users\\..",
]
SOMEWHERE = [
    "",
    ".",
    "/home",
    "/home/",
    "/home/./",
    "/home/user/..",
    "/...",
    "/.hidden",
    "/tmp/../home",
    "/home/user/[id]/page",
    "/home/**",
    "src/**",
    "../other",
    "src/C:/..",
    "~",
    "~/work",
    "~/../other",
    ":tmpdir",
    ":project_roots",
    ":project_roots/**",
    ":root/home",
    "C:\\Users\\me",
    "\\\\?\\C:\\Users",
]


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_spelling_of_the_root_reaches_everywhere(path: str) -> None:
    assert reaches_everywhere(path)


@pytest.mark.parametrize("path", SOMEWHERE)
def test_any_other_path_does_not(path: str) -> None:
    assert not reaches_everywhere(path)


@given(st.lists(names, min_size=1, max_size=5), st.sampled_from(["", "/", "/."]))
def test_an_ordinary_path_is_never_taken_for_the_root(parts: list[str], end: str) -> None:
    path = "/" + "/".join(parts) + end
    assert not reaches_everywhere(path)
    assert not reaches_everywhere(f"{path}/**")
    refuse_full_access_override({"permissions": {"x": {"filesystem": {path: "write"}}}}, "config")
    assert not is_full_access(WorkspaceWriteSandboxPolicy(writable_roots=[path]))


@given(st.lists(st.one_of(names, st.sampled_from(["..", ".", ""])), max_size=8))
def test_an_absolute_path_reaches_everywhere_just_where_it_names_the_root(parts: list[str]) -> None:
    path = "/" + "/".join(parts)
    assert reaches_everywhere(path) == (posixpath.normpath(path) in ("/", "//"))


@given(st.lists(names, max_size=3), st.lists(st.one_of(names, patterns), max_size=3), patterns)
def test_a_pattern_reaches_everywhere_however_the_root_is_spelled(
    down: list[str], rest: list[str], pattern: str
) -> None:
    root = "/" + "".join(f"{name}/" for name in down) + "../" * len(down)
    assert reaches_everywhere("/".join([root.rstrip("/"), pattern, *rest]))


def grant(**fields: Any) -> PermissionsRequestApprovalResponse:  # Any: see the struct
    return PermissionsRequestApprovalResponse(
        permissions=GrantedPermissionProfile(file_system=AdditionalFileSystemPermissions(**fields))
    )


def entry(path: Any, access: str = "write") -> PermissionsRequestApprovalResponse:  # Any: a union
    return grant(entries=[FileSystemSandboxEntry(access=access, path=path)])


def special(value: Any) -> SpecialFileSystemPath:  # Any: a union
    return SpecialFileSystemPath(value=value)


@pytest.mark.parametrize(
    "answer",
    [
        grant(write=["/home/user", "/tmp/.."]),
        entry(PathFileSystemPath(path="/tmp/..")),
        *(entry(GlobPatternFileSystemPath(pattern=path)) for path in ("/**/*", "**", "/?*/**")),
        entry(special(RootFileSystemSpecialPath())),
        entry(special(UnknownFileSystemSpecialPath(path="/"))),
        entry(special(UnknownFileSystemSpecialPath(path=":root", subpath="."))),
        entry(special(UnknownFileSystemSpecialPath(path="/tmp", subpath=".."))),
        entry(special(ProjectRootsFileSystemSpecialPath(subpath="../.."))),
    ],
)
def test_a_grant_that_may_write_everywhere_is_refused(
    answer: PermissionsRequestApprovalResponse,
) -> None:
    with pytest.raises(FullAccessDenied, match="permissions"):
        AccessGate(allowed=False).check_answer(METHOD, answer)
    AccessGate(allowed=True).check_answer(METHOD, answer)


@pytest.mark.parametrize(
    "answer",
    [
        PermissionsRequestApprovalResponse(permissions=GrantedPermissionProfile()),
        grant(write=["/home/user"], read=["/"]),
        entry(PathFileSystemPath(path="/home/user")),
        entry(PathFileSystemPath(path="/"), access="read"),
        entry(GlobPatternFileSystemPath(pattern="/home/user/**")),
        entry(special(RootFileSystemSpecialPath()), access="read"),
        entry(special(TmpdirFileSystemSpecialPath())),
        entry(special(ProjectRootsFileSystemSpecialPath())),
        entry(special(ProjectRootsFileSystemSpecialPath(subpath="src"))),
        entry(special(UnknownFileSystemSpecialPath(path=":home"))),
        None,
    ],
)
def test_any_other_grant_passes(answer: object) -> None:
    AccessGate(allowed=False).check_answer(METHOD, answer)


@pytest.mark.parametrize("root", ["/tmp/..", "/tmp/../", "/x/../../"])
def test_a_sandbox_with_a_root_that_is_not_normalised_is_full_access(root: str) -> None:
    assert is_full_access(WorkspaceWriteSandboxPolicy(writable_roots=["/home/user", root]))
    for config in (
        {"sandbox_workspace_write": {"writable_roots": [root]}},
        {"sandbox_workspace_write.writable_roots": ["/home/user", root]},
    ):
        with pytest.raises(FullAccessDenied):
            refuse_full_access_override(config, "config")


FILES_EVERYWHERE: list[dict[str, Any]] = [
    {"/**": "write"},
    {"/tmp/..": "write"},
    {"/tmp/./../": "write"},
    {":root": {".": "write"}},
    {":root": {"home": "read", "**": "write"}},
    {"/": {"**": "write"}},
    {"/tmp": {"..": "write"}},
    {":project_roots": {"../..": "write"}},
]
FILES_SOMEWHERE: list[dict[str, Any]] = [
    {"/home/./": "write"},
    {"/home/user/site./": "write"},
    {":root": {".": "read", "home/user": "write"}},
    {"/": {"**": "read", "tmp": "write"}},
    {":project_roots": {"site./": "write", ".": "write", "**": "write", "**/*.env": "deny"}},
    {":tmpdir": "write", "~/work": "write"},
]


@pytest.mark.parametrize("files", FILES_EVERYWHERE)
def test_a_profile_that_may_write_everywhere_is_refused_however_it_is_nested(
    files: dict[str, Any],
) -> None:
    for config in (
        {"permissions": {"x": {"filesystem": files}}},
        {"permissions.x": {"filesystem": files}},
        {"permissions.x.filesystem": files},
    ):
        with pytest.raises(FullAccessDenied):
            refuse_full_access_override(config, "config")
    with pytest.raises(FullAccessDenied):
        refuse_full_access_call("config/value/write", written("permissions.x.filesystem", files))


@pytest.mark.parametrize("files", FILES_SOMEWHERE)
def test_a_profile_that_may_write_somewhere_passes(files: dict[str, Any]) -> None:
    refuse_full_access_override({"permissions": {"x": {"filesystem": files}}}, "config")
    refuse_full_access_override({"permissions.x.filesystem": files}, "config")
    refuse_full_access_call("config/value/write", written("permissions.x.filesystem", files))


def written(key_path: str, value: object) -> ConfigValueWriteParams:
    return ConfigValueWriteParams(key_path=key_path, value=value, merge_strategy="replace")


@pytest.mark.parametrize(
    ("end", "value"),
    [
        ("/", "write"),
        (":root", "write"),
        (":root", {".": "write"}),
        ("/tmp/..", "write"),
        ('"/tmp/.."', "write"),
        ("'/tmp/..'", "write"),
        ('"/tmp".".."', "write"),
        ('":root"', {".": "write"}),
        ('"\\u002f"', "write"),
        ('"/tmp/..', "write"),
    ],
)
def test_the_last_part_of_a_dotted_key_is_read_as_a_path(end: str, value: object) -> None:
    with pytest.raises(FullAccessDenied):
        refuse_full_access_call(
            "config/value/write", written(f"permissions.x.filesystem.{end}", value)
        )


@pytest.mark.parametrize(
    ("end", "value"),
    [
        ('"/home/./"', "write"),
        ('"/home/user/a.b/"', "write"),
        ("/home/user/a.b", "write"),
        ('":root"', {"home": "write"}),
        ("", "write"),
        (".", "write"),
    ],
)
def test_an_ordinary_path_at_the_end_of_a_dotted_key_passes(end: str, value: object) -> None:
    refuse_full_access_call("config/value/write", written(f"permissions.x.filesystem.{end}", value))
    refuse_full_access_call("config/value/write", written(end, value))


def test_a_table_of_roots_counts_what_is_not_switched_off() -> None:
    assert any_reaches_everywhere({"/home": True, "/": True})
    assert not any_reaches_everywhere({"/home": True, "/": False})
