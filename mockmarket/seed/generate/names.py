"""Names of generated fixtures: invented houses, performers and shows, put together from tables. No real place or person is meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mockmarket.seed.generate.rng import Rng


def phrases(text: str) -> tuple[str, ...]:
    """Return what stands between the commas of a text."""
    return tuple(phrase.strip() for phrase in text.split(","))


CITIES = (
    ("Boston, MA", "America/New_York"), ("Brooklyn, NY", "America/New_York"), ("Atlanta, GA", "America/New_York"),
    ("Chicago, IL", "America/Chicago"), ("Austin, TX", "America/Chicago"), ("Nashville, TN", "America/Chicago"),
    ("Denver, CO", "America/Denver"), ("Phoenix, AZ", "America/Phoenix"), ("Los Angeles, CA", "America/Los_Angeles"),
    ("Seattle, WA", "America/Los_Angeles"), ("Toronto, ON", "America/Toronto"), ("Ciudad de México", "America/Mexico_City"),
    ("São Paulo", "America/Sao_Paulo"), ("London", "Europe/London"), ("Manchester", "Europe/London"), ("Dublin", "Europe/Dublin"),
    ("Paris", "Europe/Paris"), ("Köln", "Europe/Berlin"), ("Madrid", "Europe/Madrid"), ("Warszawa", "Europe/Warsaw"),
    ("Pasay", "Asia/Manila"), ("Quezon City", "Asia/Manila"), ("大阪市", "Asia/Tokyo"), ("Melbourne", "Australia/Melbourne"),
    ("Wellington", "Pacific/Auckland"),
)  # fmt: skip
"""Real cities with their IANA time zones; the houses in them are invented."""

FIRST = phrases("""
Alder, Amber, Beacon, Bramble, Brass, Calico, Candle, Cedar, Cinder, Clover, Cobalt, Copper, Coral, Cormorant,
Crescent, Dovetail, Ember, Fathom, Fennel, Foxglove, Gable, Garnet, Gossamer, Hazel, Heron, Hollow, Indigo, Ivory,
Juniper, Kestrel, Lantern, Larkspur, Linden, Marigold, Meridian, Mistral, Moth, Nettle, Ochre, Osprey, Paper, Pepper,
Quarry, Quill, Raven, Rowan, Saffron, Saltbox, Sparrow, Tallow, Tanager, Thistle, Timber, Umber, Velvet, Vesper,
Walnut, Willow, Wren, Yarrow
""")
SECOND = phrases("""
Arch, Basin, Bay, Bell, Bridge, Brook, Canal, Chapel, Cove, Crossing, Dock, Dune, Elm, Fern, Ferry, Field, Ford, Gate,
Glen, Grove, Harbor, Heath, Hill, Isle, Junction, Keep, Lane, Light, Meadow, Mill, Orchard, Pier, Point, Quay, Ridge,
Row, Shore, Spring, Station, Street, Terrace, Tower, Vale, Wharf, Yard
""")
WORD_OF_KIND = {
    "club": ("Cellar", "Rooms", "Social", "Ropeworks"),
    "theatre": ("Playhouse", "Theatre", "Hall", "Opera House"),
    "open-air park": ("Park", "Green", "Amphitheatre", "Gardens"),
    "arena": ("Arena", "Center", "Dome", "Coliseum"),
    "stadium": ("Stadium", "Park", "Bowl", "Field"),
}
PEOPLE = phrases("""
Ada, Bastian, Calla, Désirée, Edda, Fenn, Gustavo, Hana, Ines, Jonty, Kaya, Lior, Maren, Nilo, Oona, Pilar, Quinn,
Rosalind, Soren, Tamsin, Ursa, Viggo, Wilhelmina, Xiomara, Yusuf, Zora
""")
GROUPS = phrases("""
Hounds, Comets, Choir, Sisters, Machine, Parade, Society, Static, Weather, Orchestra, Ghosts
""")
TEAMS = phrases("""
Herons, Owls, Foxes, Miners, Elk, Otters, Kings, Pilots, Harriers, Badgers, Comets, Falcons
""")
TITLES = phrases("""
Slow Orbit, The Wide Sky, Low Tide, Paper Moons, Nothing but Weather, Second Summer, Ten Thousand Lanterns,
Where the River Bends, Glass and Thunder, A Year of Rain, The Long Way Round, Night Swim, Borrowed Light, Ünder Öak
""")
PLAYS = phrases("""
The Glass Orchardist, A Tin Moon for Agnes, Spelling for Ghosts, The Cartographer's Daughter, Seven Quiet Tuesdays,
The Lighthouse Ledger, Madame Zéphyr, What the Beekeeper Saw, An Inventory of Storms, The Last Toymaker of Ash Lane
""")
EVENINGS = ("19:00", "19:30", "20:00", "20:30")


@dataclass(frozen=True, slots=True)
class Bill:
    """What is on: its name, who performs (nobody, where the name says it), how long it lasts, and when such shows begin."""

    name: str
    performers: tuple[str, ...] = ()
    lasts: str = "3h"
    begins: tuple[str, ...] = EVENINGS


def venue(rng: Rng, kind: str, taken: set[str]) -> str:
    """Return a house's name that is not taken yet, and take it."""
    word = rng.pick(WORD_OF_KIND[kind])
    first = f"{rng.pick(FIRST)} {rng.pick(SECOND)} {word}"
    others = (f"{first} {number}" for number in range(2, len(taken) + 3))
    name = next(name for name in (first, *others) if name not in taken)
    taken.add(name)
    return name


def artist(rng: Rng) -> str:
    """Return a performer's name: a person's, or a group's."""
    if rng.below(2):
        return f"{rng.pick(PEOPLE)} {rng.pick(FIRST)}{rng.pick(SECOND).lower()}"
    return f"The {rng.pick(FIRST)} {rng.pick(GROUPS)}"


def _tour(rng: Rng) -> Bill:
    star = artist(rng)
    return Bill(f"{star}: {rng.pick(TITLES)} Tour", (star,))


def _match(rng: Rng) -> Bill:
    home, away = f"{rng.pick(SECOND)} {rng.pick(TEAMS)}", f"{rng.pick(FIRST)} {rng.pick(TEAMS)}"
    return Bill(f"{home} vs. {away}", lasts="2h30m", begins=("13:00", "15:30", "19:00", "19:30"))


def _play(rng: Rng) -> Bill:
    return Bill(rng.pick(PLAYS), lasts="2h30m", begins=("14:00", "19:30", "20:00"))


def _concert(rng: Rng) -> Bill:
    star = artist(rng)
    name = rng.pick((f"{star} + guests", f"Late Set with {star}", f"{star}, unplugged"))
    return Bill(name, (star,), "2h", ("20:30", "21:00"))


def _comedy(rng: Rng) -> Bill:
    star = f"{rng.pick(PEOPLE)} {rng.pick(FIRST)}"
    return Bill(f"{star}: {rng.pick(TITLES)} (stand-up)", (star,), "90m")


def _festival(rng: Rng) -> Bill:
    stars = tuple(dict.fromkeys(artist(rng) for _ in range(3)))
    return Bill(f"{rng.pick(FIRST)} {rng.pick(SECOND)} Festival", stars, "9h", ("11:00", "12:00"))


BILLS: Mapping[str, tuple[tuple[Callable[[Rng], Bill], int], ...]] = {
    "club": ((_concert, 75), (_comedy, 25)),
    "theatre": ((_play, 55), (_concert, 25), (_comedy, 20)),
    "open-air park": ((_festival, 40), (_tour, 60)),
    "arena": ((_tour, 50), (_match, 45), (_comedy, 5)),
    "stadium": ((_match, 65), (_tour, 35)),
}
"""What each kind of house puts on, and how often."""
