"""The `openlot` command. Each verb loads only what it needs: verifying a bundle or replaying a
draw offline touches no database."""

import argparse
import asyncio
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.core.settings import Settings

EXIT_REFUSED = 1
EXIT_INFEASIBLE = 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; the exit code says how it went."""
    arguments = _parser().parse_args(argv)
    verb: Callable[[argparse.Namespace], int] = arguments.run
    try:
        return verb(arguments)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="openlot", description="OpenLot 明签")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    serve = _verb(verbs, "serve", _serve, "run the service 启动服务")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    serve.add_argument(
        "--first-key", metavar="DEPARTMENT", help="make an administrator's key and print it once"
    )
    serve.add_argument("--sampling-only", action="store_true", help="the stateless part alone")
    _verb(verbs, "migrate", _migrate, "bring the database up to date 升级数据库")
    _verb(verbs, "stop", _stop, "stop the embedded Postgres 停止内置数据库")
    key = _verb(verbs, "key", _key, "make a key and print it once 生成密钥")
    key.add_argument("--department", required=True, help="code of the department it acts for")
    key.add_argument("--label", default="administrator")
    key.add_argument("--sees", default="", help="further department codes, or '*' for all")
    key.add_argument("--permissions", default="", help="with commas; all if left out")
    key.add_argument("--person", help="staff number of the official who will hold it")
    demo = _verb(verbs, "demo", _demo, "show the whole job through the HTTP API 演示")
    demo.add_argument("--data", type=Path, help="folder of real input; else a generated sample")
    demo.add_argument("--out", type=Path, default=Path("demo-output"))
    demo.add_argument("--keep", action="store_true", help="leave the service running")
    demo.add_argument("--lang", choices=("zh", "en"), default="zh")
    draw = _verb(verbs, "draw", _draw, "replay a target draw offline 离线重放抽取")
    draw.add_argument("--frame", type=Path, required=True)
    draw.add_argument("--commitment", type=Path, required=True)
    draw.add_argument("--seed-file", type=Path, required=True)
    draw.add_argument("--out", type=Path, required=True)
    assign = _verb(verbs, "assign", _assign, "replay an inspector draw offline 离线重放派员抽取")
    assign.add_argument("--assignment", type=Path, required=True)
    assign.add_argument("--commitment", type=Path, required=True)
    assign.add_argument("--seed-file", type=Path, required=True)
    assign.add_argument("--out", type=Path, required=True)
    verify = _verb(verbs, "verify", _verify, "verify an evidence bundle 验证证据包")
    verify.add_argument("bundle", type=Path, help="zip or folder")
    verify.add_argument("--key", help="public key of the log, or a file that holds it")
    verify.add_argument("--lang", choices=("zh", "en"), default="zh")
    document = _verb(verbs, "openapi", _openapi, "write the OpenAPI document 生成接口文档")
    document.add_argument("--out", type=Path, help="file; standard output if left out")
    check = _verb(verbs, "import", _import, "check a file before it is sent 导入前核对文件")
    check.add_argument("kind", help="objects, credit-classes, inspectors, items ...")
    check.add_argument("file", type=Path, help="xlsx, xls, ods, CSV or NDJSON")
    check.add_argument("--check", action="store_true", required=True, help="without a database")
    check.add_argument("--json", type=Path, required=True, help="file for all errors")
    check.add_argument("--divisions", type=Path, help="table of GB/T 2260, CSV")
    check.add_argument("--industries", type=Path, help="table of GB/T 4754, CSV")
    bench = _verb(verbs, "bench", _bench, "measure 性能测量")
    bench.add_argument("name", help="what to measure: draw, assignment, registry")
    bench.add_argument("--rows", type=int, default=1_000_000)
    bench.add_argument("--json", type=Path, help="file for the figures")
    return parser


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    run: Callable[[argparse.Namespace], int],
    text: str,
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def prepared() -> "Settings":
    """The settings with both addresses filled in: those of the environment, or those of the
    embedded Postgres, which is started and migrated."""
    from pydantic import SecretStr

    from app.core import embedded
    from app.core.migrate import migrate
    from app.core.settings import Settings
    from app.main import metadata

    settings = Settings()
    if settings.database_url or settings.owner_database_url:
        return settings
    server = embedded.start(settings.home / "postgres")
    migrate(metadata, server.owner_url, server.runtime_url)
    return settings.model_copy(
        update={
            "database_url": SecretStr(server.runtime_url),
            "owner_database_url": SecretStr(server.owner_url),
        }
    )


def _prepared_or_none() -> "Settings | None":
    from app.core.embedded import EmbeddedError

    try:
        return prepared()
    except EmbeddedError as error:
        _say(f"{error.text_zh}\n{error.text_en}")
        return None


def _serve(arguments: argparse.Namespace) -> int:
    import uvicorn

    from app.main import create_app, create_sampling_service

    if arguments.sampling_only:
        app = create_sampling_service()
    else:
        settings = _prepared_or_none()
        if settings is None:
            return EXIT_REFUSED
        app = create_app(settings)
        asyncio.run(_tell_guarantees(settings))
        if arguments.first_key:
            from app.bootstrap import make_key

            made = make_key(settings, arguments.first_key, "administrator", ["*"], [])
            print(asyncio.run(made), flush=True)
    # h11 on purpose: httptools drops the bodies of Java clients that offer HTTP/2.
    config = uvicorn.Config(
        app,
        host=arguments.host,
        port=arguments.port,
        http="h11",
        log_level="warning",
        timeout_keep_alive=75,
        h11_max_incomplete_event_size=16 * 1024,
        server_header=False,
    )
    with nullcontext() if arguments.sampling_only else _watched_postgres():
        _Announcing(config).run()
    return 0


@contextmanager
def _watched_postgres() -> Iterator[None]:
    """While the service runs, an embedded Postgres that crashes is started again."""
    from app.core import embedded
    from app.core.settings import Settings

    settings = Settings()
    ended = threading.Event()
    if not (settings.database_url or settings.owner_database_url):
        watch = partial(embedded.keep_alive, settings.home / "postgres", ended)
        threading.Thread(target=watch, daemon=True).start()
    yield
    ended.set()


class _Announcing:
    """Runs uvicorn and says on standard output where it listens, once it does."""

    def __init__(self, config: object) -> None:
        import uvicorn

        class Server(uvicorn.Server):
            async def startup(self, sockets: object = None) -> None:
                await super().startup(sockets)  # type: ignore[arg-type]  # uvicorn is loaded late, so its types cannot be named here
                for server in self.servers:
                    host, port = server.sockets[0].getsockname()[:2]
                    print(f"http://{host}:{port}", flush=True)

        self._server = Server(config)  # type: ignore[arg-type]  # as above

    def run(self) -> None:
        self._server.run()


async def _tell_guarantees(settings: "Settings") -> None:
    from app.core.database import Database
    from app.core.guarantees import check_guarantees
    from app.main import database_url

    async def nothing(_: object) -> None:
        return None

    database = Database(database_url(settings), settings, seal=nothing)
    async with database.transaction() as session:
        for guarantee in await check_guarantees(session):
            if not guarantee.holds:
                _say(f"缺少保证 missing guarantee: {guarantee.zh}\n  {guarantee.en}")
    await database.dispose()


def _migrate(_: argparse.Namespace) -> int:
    from app.core.migrate import migrate
    from app.core.settings import Settings
    from app.main import metadata

    settings = Settings()
    owner = settings.owner_database_url or settings.database_url
    if owner is None:
        return 0 if _prepared_or_none() else EXIT_REFUSED
    runtime = settings.database_url or owner
    migrate(metadata, owner.get_secret_value(), runtime.get_secret_value())
    return 0


def _stop(_: argparse.Namespace) -> int:
    from app.core import embedded
    from app.core.settings import Settings

    embedded.stop(Settings().home / "postgres")
    return 0


def _key(arguments: argparse.Namespace) -> int:
    settings = _prepared_or_none()
    if settings is None:
        return EXIT_REFUSED
    from app.bootstrap import make_key

    permissions = [p for p in arguments.permissions.split(",") if p]
    sees = [d for d in arguments.sees.split(",") if d]
    made = make_key(
        settings, arguments.department, arguments.label, sees, permissions, arguments.person
    )
    print(asyncio.run(made))
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    from app.demo.run import run_demo

    return run_demo(
        data=arguments.data, out=arguments.out, keep=arguments.keep, lang=arguments.lang
    )


def _draw(arguments: argparse.Namespace) -> int:
    from app.sampling.openlot1.errors import DrawError
    from app.sampling.openlot1.target import draw_target

    try:
        result = draw_target(
            arguments.frame.read_bytes(),
            arguments.commitment.read_bytes(),
            arguments.seed_file.read_bytes(),
        )
    except DrawError as error:
        return _refuse(error.code, str(error), error.zh)
    files = {
        "selected.tsv": result.selected_tsv,
        "reserves.tsv": result.reserves_tsv,
        "published.tsv": result.published_tsv,
        "result.json": result.result_json,
    }
    _write(arguments.out, files)
    return 0


def _assign(arguments: argparse.Namespace) -> int:
    from app.sampling.openlot1 import canonical
    from app.sampling.openlot1.errors import DrawError
    from app.sampling.openlot1.inspectors import Infeasible, assign

    try:
        result = assign(
            arguments.assignment.read_bytes(),
            arguments.commitment.read_bytes(),
            arguments.seed_file.read_bytes(),
        )
    except Infeasible as error:
        _write(arguments.out, {"certificate.json": canonical.dumps(error.certificate)})
        _refuse(error.code, str(error), error.zh)
        return EXIT_INFEASIBLE
    except DrawError as error:
        return _refuse(error.code, str(error), error.zh)
    _write(
        arguments.out,
        {"assignment.tsv": result.assignment_tsv, "result.json": result.result_json},
    )
    return 0


def _refuse(code: str, en: str, zh: str) -> int:
    _say(f"{code}\n{zh}\n{en}")
    return EXIT_REFUSED


def _write(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def _verify(arguments: argparse.Namespace) -> int:
    from app.sampling.openlot1.errors import DrawError
    from app.sampling.openlot1.evidence import read_bundle, verify_bundle

    try:
        if arguments.bundle.is_dir():
            members = {
                file.relative_to(arguments.bundle).as_posix(): file.read_bytes()
                for file in sorted(arguments.bundle.rglob("*"))
                if file.is_file()
            }
        else:
            members = read_bundle(arguments.bundle.read_bytes())
        key = arguments.key
        if key and Path(key).is_file():
            key = Path(key).read_text(encoding="utf-8").strip()
        report = verify_bundle(members, log_key=key)
    except (DrawError, OSError) as error:
        _say(f"FAILED {error}")
        return EXIT_REFUSED
    for step in report.steps:
        text = step.zh if arguments.lang == "zh" else step.en
        member = f" {step.member}" if step.member and step.verdict == "failed" else ""
        print(f"{step.verdict:<12}{step.name:<22}{member} {text}")
    return 0 if report.ok else EXIT_REFUSED


def _openapi(arguments: argparse.Namespace) -> int:
    from app.main import document

    text = json.dumps(document(), ensure_ascii=False, indent=1) + "\n"
    if arguments.out:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


def _import(arguments: argparse.Namespace) -> int:
    """0 if the file could be checked, with or without errors; 1 if it could not."""
    from app.registry.files.kinds import FileKind
    from app.registry.files.reporting import given_tables, report

    try:
        tables = given_tables(arguments.divisions, arguments.industries)
        told = report(arguments.file, FileKind(arguments.kind), arguments.json, tables)
    except (OSError, ValueError) as error:
        return _refuse("file-not-checked", str(error), "无法核对：文件或代码表不存在，或类型有误")
    for line in told.lines():
        _say(line)
    return 0 if told.check.format else EXIT_REFUSED


def _bench(arguments: argparse.Namespace) -> int:
    from app.bench import run_bench

    return run_bench(arguments.name, rows=arguments.rows, out=arguments.json)


if __name__ == "__main__":
    sys.exit(main())
