"""The build leaves out much; these say what must stay."""

import shutil
from pathlib import Path
from typing import get_args

import botocore
import pytest
from botocore.loaders import Loader
from botocore.session import Session

from lambdify.aws.clients import Service
from scripts.build import artifacts, interpreter
from scripts.build.botocore_data import trim_botocore_data
from scripts.build.trimming import trim_packages

SERVICES = set(get_args(Service))
UNUSED = "sns"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """botocore's data, trimmed; only one of the many other services is there to be cut."""
    source = Path(botocore.__file__).parent / "data"
    target = tmp_path_factory.mktemp("data")
    for name in SERVICES | {UNUSED}:
        shutil.copytree(source / name, target / name)
    for path in source.glob("*.json"):
        shutil.copy(path, target)
    trim_botocore_data(target, SERVICES)
    return target


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_each_service_has_a_client_with_all_its_operations(data: Path, service: str) -> None:
    session = Session()
    whole = session.get_service_model(service).operation_names
    loader = Loader(extra_search_paths=[str(data)], include_default_search_paths=False)
    session.register_component("data_loader", loader)

    client = session.create_client(service, "us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")

    assert client.meta.service_model.operation_names == whole


def test_a_link_to_a_file_can_be_signed(data: Path) -> None:
    """Regression: S3's client reads descriptions that no other service's does, and at its first call only."""
    session = Session()
    loader = Loader(extra_search_paths=[str(data)], include_default_search_paths=False)
    session.register_component("data_loader", loader)
    client = session.create_client("s3", "us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")

    link = client.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "key"})

    assert link.startswith("https://bucket.s3.amazonaws.com/key?")


def test_other_services_and_documentation_are_left_out(data: Path) -> None:
    assert {path.name for path in data.iterdir() if path.is_dir()} == SERVICES
    texts = {path: path.read_text().count('"documentation":"') for path in data.rglob("service-2.json")}
    assert max(texts.values()) < 10


def test_a_service_that_botocore_does_not_know_stops_the_build(data: Path) -> None:
    with pytest.raises(ValueError, match="no-such-service"):
        trim_botocore_data(data, SERVICES | {"no-such-service"})


def test_a_packages_name_version_and_licence_stay(tmp_path: Path) -> None:
    information = tmp_path / "package-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Name: package\nVersion: 1.0\n\nA long description.")
    (information / "LICENSE").write_text("Do what you like.")
    (information / "RECORD").write_text("much")
    (tmp_path / "package" / "tests").mkdir(parents=True)
    (tmp_path / "package" / "code.py").touch()
    (tmp_path / "package" / "code.pyi").touch()

    trim_packages(tmp_path)

    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"package/code.py", "package-1.0.dist-info/METADATA", "package-1.0.dist-info/LICENSE"}
    assert (information / "METADATA").read_text() == "Name: package\nVersion: 1.0\n"


def test_a_missing_interpreter_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreter, "TARGET_VERSION", "9.99")
    interpreter.find_interpreter.cache_clear()

    with pytest.raises(interpreter.InterpreterMissing, match=r"install it so that `python9\.99` is on the PATH"):
        interpreter.find_interpreter()


@pytest.mark.parametrize(
    ("logical_id", "group"), [("ModelsFunction", "models"), ("WebhookDeliveryFunction", "webhook_delivery")]
)
def test_a_functions_group_follows_from_its_logical_id(logical_id: str, group: str) -> None:
    assert artifacts.group_of(logical_id) == group


def test_artifacts_are_compiled_for_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unchecked: neither a changed time nor a missing source makes Lambda compile again."""
    monkeypatch.setattr(interpreter, "find_interpreter", lambda: shutil.which("python3"))
    (tmp_path / "module.py").write_text("answer = 42\n")

    interpreter.compile_all(tmp_path, "/opt")

    [compiled] = (tmp_path / "__pycache__").iterdir()
    assert int.from_bytes(compiled.read_bytes()[4:8], "little") == 0b01
    assert b"/opt/module.py" in compiled.read_bytes()
