from pathlib import Path

import pytest

from yuheng.errors import SettingsError
from yuheng.settings import FILE_NAME, KEY_FILE, create, open_deployment


def test_create_then_open_gives_the_same_key_and_region(tmp_path: Path) -> None:
    made = create(tmp_path / "d", region="410100")
    again = create(tmp_path / "d")
    assert again.settings.region == "410100"
    assert made.master_key() == again.master_key()
    assert (tmp_path / "d" / KEY_FILE).stat().st_mode & 0o077 == 0


def test_environment_beats_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create(tmp_path / "d")
    monkeypatch.setenv("YUHENG_REGION", "410300")
    assert open_deployment(tmp_path / "d").settings.region == "410300"


def test_a_wrong_setting_is_named_with_its_file(tmp_path: Path) -> None:
    create(tmp_path / "d")
    (tmp_path / "d" / FILE_NAME).write_text('region = "41"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=r"yuheng\.toml: setting 'region'"):
        open_deployment(tmp_path / "d")
    (tmp_path / "d" / FILE_NAME).write_text('colour = "red"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="colour"):
        open_deployment(tmp_path / "d")


def test_missing_key_names_every_place(tmp_path: Path) -> None:
    deployment = create(tmp_path / "d")
    (tmp_path / "d" / KEY_FILE).unlink()
    with pytest.raises(SettingsError, match=r"YUHENG_MASTER_KEY and .*master\.key"):
        deployment.master_key()


def test_no_deployment_and_foreign_folder(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="yuheng init"):
        open_deployment(tmp_path)
    (tmp_path / "x").write_text("mine", encoding="utf-8")
    with pytest.raises(SettingsError, match="not empty"):
        create(tmp_path)
