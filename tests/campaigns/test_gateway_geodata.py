"""Postal codes and ip addresses, looked up without a network call (CAM-13)."""

import gzip
from pathlib import Path

import boto3
import pytest

from chalicelib import settings
from chalicelib.campaigns import gateways as geodata
from chalicelib.core.errors import NotFound
from infra.postal_codes import packed, rows
from tests.harness.ip_database import create_database, database


@pytest.fixture(autouse=True)
def _fresh() -> None:
    geodata.clear_cache()


def set_database(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    monkeypatch.setenv("GEO_DATABASE", where)
    settings.current.cache_clear()


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("90210", ("Beverly Hills", "CA")),
        ("10001", ("New York", "NY")),
        ("00501", ("Holtsville", "NY")),
        ("09012", ("APO", "AE")),
        ("34002", ("APO", "AA")),
        ("96201", ("APO", "AP")),
        ("99950", ("Ketchikan", "AK")),
        ("00000", None),
        ("", None),
        ("9021", None),
        ("\t", None),
        ("New York", None),
        ("99999", None),
    ],
)
def test_CAM_13_a_postal_code_has_its_city_and_state(code: str, place: tuple[str, str] | None) -> None:
    assert geodata.city_and_state(code) == place


def test_CAM_13_the_postal_codes_are_complete_and_name_their_source() -> None:
    lines = geodata._postal_codes()

    assert len(lines) > 41_000
    assert lines == sorted(lines)
    assert all(len(line.split("\t")) == 3 and line[:5].isdigit() for line in lines)
    assert len({line.split("\t")[2] for line in lines}) == 51 + 3 + 1  # states and DC, military mail, MH
    sources = (geodata._POSTAL_CODES.parent / "SOURCES.md").read_text()
    assert "GeoNames" in sources
    assert "creativecommons.org/licenses/by/4.0" in sources


def test_CAM_13_an_ip_address_has_its_country_and_region(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_database(monkeypatch, create_database(tmp_path / "geo.mmdb"))

    assert geodata.has_database()
    assert geodata.country_and_region("8.8.8.8") == ("US", "CA")
    assert geodata.country_and_region("81.2.69.142") == ("GB", None)
    assert geodata.country_and_region("1.1.1.1") == ("AU", None)
    assert geodata.country_and_region("10.0.0.1") == (None, None)


def test_CAM_13_a_database_of_another_shape_gives_no_result(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    odd = tmp_path / "odd.mmdb"
    odd.write_bytes(database({"8.8.8.0/24": {"country": "US", "subdivisions": [], "asn": 15}}))
    set_database(monkeypatch, str(odd))

    assert geodata.country_and_region("8.8.8.8") == (None, None)


@pytest.mark.usefixtures("aws")
def test_CAM_13_a_database_in_the_bucket_is_read_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store = boto3.client("s3")
    store.create_bucket(Bucket="leadwarden-test-imports")
    content = Path(create_database(tmp_path / "geo.mmdb")).read_bytes()
    store.put_object(Bucket="leadwarden-test-imports", Key="geo/country.mmdb", Body=content)
    set_database(monkeypatch, "geo/country.mmdb")

    assert geodata.has_database()
    assert geodata.country_and_region("8.8.8.8") == ("US", "CA")
    store.delete_object(Bucket="leadwarden-test-imports", Key="geo/country.mmdb")
    assert geodata.country_and_region("81.2.69.142") == ("GB", None)


@pytest.mark.usefixtures("aws")
def test_CAM_13_a_missing_file_is_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    boto3.client("s3").create_bucket(Bucket="leadwarden-test-imports")
    set_database(monkeypatch, "geo/country.mmdb")

    for _ in range(2):
        with pytest.raises(NotFound):
            geodata.country_and_region("8.8.8.8")


@pytest.mark.parametrize("where", ["", "/nowhere/geo.mmdb"])
def test_CAM_21_without_a_file_there_is_no_database(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    set_database(monkeypatch, where)

    assert not geodata.has_database()


def test_CAM_13_the_shipped_file_is_made_from_its_source_rows() -> None:
    lines = [
        "US\t90210\tBeverly Hills\tCalifornia\tCA\tLos Angeles\t037\t\t\t34.1\t-118.4\t4",
        "US\t09012\tAPO AE\t\t\t\t\t\t\t49.4\t7.6\t",
        "PR\t00901\tSan Juan\t\t\tSan Juan\t127\t\t\t18.4\t-66.1\t4",
        "US\t90210\tAnother\tCalifornia\tCA\t\t\t\t\t34.1\t-118.4\t4",
        "US\t1234\tShort\tOhio\tOH\t\t\t\t\t1\t1\t4",
    ]
    text = gzip.decompress(packed(rows(lines))).decode()
    assert text == "00901\tSan Juan\tPR\n09012\tAPO\tAE\n90210\tBeverly Hills\tCA"
    assert packed(rows(lines)) == packed(rows(lines))
