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


MISSPELT = {
    "YUHENG_REGOIN": "YUHENG_REGION",
    "YUHENG_MASTERKEY": "YUHENG_MASTER_KEY",
    "yuheng_dri": "YUHENG_DIR",
}


@pytest.mark.parametrize(("given", "meant"), MISSPELT.items())
def test_a_misspelt_variable_is_refused_with_what_was_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, meant: str
) -> None:
    create(tmp_path / "d")
    monkeypatch.setenv(given, "x")
    with pytest.raises(SettingsError, match=f"{given} stands for no setting. Did you mean {meant}"):
        open_deployment(tmp_path / "d")
    with pytest.raises(SettingsError, match=given):
        create(tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_a_variable_unlike_any_setting_names_them_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create(tmp_path / "d")
    monkeypatch.setenv("YUHENG_ZZZZ", "x")
    with pytest.raises(SettingsError, match="YUHENG_MEMORY_LIMIT"):
        open_deployment(tmp_path / "d")


def test_variables_of_settings_and_commands_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUHENG_DIR", "x")
    monkeypatch.setenv("YUHENG_USER", "x")
    monkeypatch.setenv("yuheng_threads", "3")
    assert create(tmp_path / "d").settings.threads == 3


def test_a_misspelt_key_in_the_file_is_refused_with_what_was_meant(tmp_path: Path) -> None:
    create(tmp_path / "d")
    (tmp_path / "d" / FILE_NAME).write_text('memory_limits = "2GB"\n', encoding="utf-8")
    with pytest.raises(
        SettingsError, match=r"yuheng\.toml: there is no setting 'memory_limits'. Did you mean memory_limit\?"
    ):
        open_deployment(tmp_path / "d")


@pytest.mark.parametrize("region", ["41", "41000", "Henan", "4100000"])
def test_a_region_that_is_no_code_leaves_nothing(tmp_path: Path, region: str) -> None:
    with pytest.raises(SettingsError, match="six digits"):
        create(tmp_path / "d", region=region)
    assert not (tmp_path / "d").exists()


def test_a_name_may_hold_quotes_and_lines(tmp_path: Path) -> None:
    name = 'a "b"\\c\n豫'
    assert create(tmp_path / "d", name=name).settings.name == name
