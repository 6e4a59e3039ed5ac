"""The codes of others that values may use: EU themes, high-value categories, file types, licences.

Lists with what each code means, and the types of values that are among them. The European ones
are those of the EU Publications Office, as `tests/dcat-ap/vocabularies` holds them.
"""

import re
from dataclasses import dataclass
from typing import Annotated

from app.domain.values import ADDRESS, Checked, address, word

THEMES = {
    "AGRI": "Agriculture, fisheries, forestry and food",
    "ECON": "Economy and finance",
    "EDUC": "Education, culture and sport",
    "ENER": "Energy",
    "ENVI": "Environment",
    "GOVE": "Government and public sector",
    "HEAL": "Health",
    "INTR": "International issues",
    "JUST": "Justice, legal system and public safety",
    "OP_DATPRO": "Provisional data",
    "REGI": "Regions and cities",
    "SOCI": "Population and society",
    "TECH": "Science and technology",
    "TRAN": "Transport",
}
"""The EU’s themes of data, by code, with their English labels."""

JUSTICE = "JUST"
"""The theme of an entry that names none: the register began with the Ministry of Justice."""


@dataclass(frozen=True, slots=True)
class Category:
    """A category of high-value datasets, and the one of the six that it belongs to, or is."""

    label: str
    top: str


_CATEGORIES = """
c_a9135398 Companies and company ownership
    c_56a1bf47 Basic company information: key attributes
    c_8f0fac04 Company documents and accounts
c_dd313021 Earth observation and environment
    c_63b37dd4 Air
    c_af646f5b Area management / restriction / regulation zones & reporting units
    c_c873f344 Bio-geographical regions
    c_59e64dd4 Climate
    c_315692ad Elevation
    c_4ba9548e Emissions
    c_b7de66cd Energy resources
    c_7b8fbb64 Environmental monitoring facilities
    c_e3f55603 Geology
    c_c3919aec Habitats and biotopes
    c_4d63300b Horizontal legislation
    c_06b1eec4 Hydrography
    c_b21e1296 Land cover
    c_ad9ae929 Land use
    c_4dd389c5 Mineral resources
    c_63be22bd Natural risk zones
    c_b7f6a4f3 Nature preservation and biodiversity
    c_e4358335 Noise
    c_b40e6d46 Oceanographic geographical features
    c_91185a85 Orthoimagery
    c_59c93ba5 Production and industrial facilities
    c_83aa10a6 Protected sites
    c_f399050e Sea regions
    c_87a129d9 Soil
    c_793164b6 Species distribution
    c_38933a65 Waste
    c_43f88346 Water
c_ac64a52d Geospatial
    c_c3de25e4 Addresses
    c_9427236f Administrative units
    c_642643e6 Agricultural parcels
    c_60182062 Buildings
    c_6a3f6896 Cadastral parcels
    c_6c2bb82d Geographical names
    c_fbd2fc3f Reference parcels
c_164e0bf5 Meteorological
    c_36807466 Climate data: validated observations
    c_13e3cf16 NWP model data
    c_3af3368c Observations data measured by weather stations
    c_d13a4420 Radar data
    c_be47b010 Weather alerts
c_b79e35eb Mobility
    c_1226dc1a Bank of waterway at mean water level
    c_664c9e5a Boundaries of the fairway/navigation channel
    c_883d0205 Contours of locks and dams
    c_f76b01e6 Fairway characteristics
    c_b151a0ba Inland waterways datasets
    c_99bc517f Isolated dangers in the fairway/navigation channel under and above water
    c_298ffb73 Links to the external xml-files with operation times of restricting structures
    c_9cbe4435 List of navigation aids and traffic signs
    c_3e8e3bf7 Location and characteristics of ports and transhipment sites
    c_407951ff Location of ports and transhipment sites
    c_fa2a1c3a Long-time obstructions in the fairway and reliability
    c_2037ada4 Navigation rules and recommendations
    c_b24028d7 Official aids-to-navigation (e.g. buoys, beacons, lights, notice marks)
    c_7e19ef26 Other physical limitations on waterways
    c_e5f69a04 Present and future water levels at gauges
    c_25f43866 Rates of waterway infrastructure charges
    c_1e787364 Reference data for water level gauges relevant to navigation
    c_03ba8d92 Regular lock and bridge operating times
    c_f6886b00 Restrictions caused by flood and ice
    c_bc8941d9 Shoreline construction
    c_593bc53d Short term changes of aids to navigation
    c_66b946cb Short term changes of lock and bridge operating times
    c_e50004c6 State of the rivers, canals, locks and bridges
    c_b121e2f6 Temporary obstructions in the fairway
    c_4b74ea13 Transport networks
    c_fef208ab Water depths contours in the navigation channel
    c_c19af83a Waterway axis with kilometres indication
c_e1da4e07 Statistics
    c_dd8f4797 Consolidated government gross debt
    c_424bb0b4 Current healthcare expenditure
    c_20cd11bb EU International trade in goods statistics – \
exports and imports breakdowns simultaneously by partner, product and flow
    c_a2c6dcd8 Employment
    c_92874eb2 Environmental accounts and statistics
    c_6a7250c1 Fertility
    c_4ac557e7 Government expenditure and revenue
    c_c0022235 Harmonised Indices of consumer prices
    c_2aed31f9 Industrial producer price index breakdowns by activity
    c_34abf8c1 Industrial production
    c_a8b937c4 Inequality
    c_4acb6bf3 Mortality
    c_b72b721f National accounts – GDP main aggregates
    c_95da87c7 National accounts – key indicators on corporations
    c_59627af3 National accounts – key indicators on households
    c_f2b50efd Population
    c_317b9493 Population, Fertility, Mortality
    c_23385471 Potential labour force
    c_04bf94a3 Poverty
    c_a3767648 Tourism flows in Europe
    c_fd4e881c Unemployment
    c_a49ec591 Volume of sales by activity
"""
"""The six categories of Implementing Regulation (EU) 2023/138, and those within each.

Only the six have French labels: the list that we hold has none for those within.
"""


def _categories() -> dict[str, Category]:
    categories: dict[str, Category] = {}
    top = ""
    for line in _CATEGORIES.strip().splitlines():
        code, _, label = line.strip().partition(" ")
        top = top if line.startswith(" ") else code
        categories[code] = Category(label, top)
    return categories


HVD_CATEGORIES = _categories()
"""The EU’s categories of high-value datasets, by code."""

_FILE_TYPES = """
    7Z AAB AAC AKN4EU AKN4EU_ZIP APK APPX ARC ARCINFO_COV ARC_GZ ARJ ATOM AZW BIN BITS BMP BWF
    BZIP2 CSS CSV DAPK DBF DCR DEB DGN DMG DMP DOC DOCX DTD_SGML DTD_XML DWG DXF E00 EAR ECW
    EPS EPUB ETSI_XML EXE FMX2 FMX3 FMX4 FMX4_ZIP GDB GEOJSON GEOTIFF GIF GML GMZ GPKG GRID
    GRID_ASCII GTFS GZIP HDF HDT HTML HTML5 HTML_SIMPL ICS IMMC_XML INDD IPA ISO ISO_ZIP JAR
    JATS JPEG JPEG2000 JS JSON JSON_LD KML KMZ LAS LAZ LEG LHA LPK LZIP LZMA LZO MAP_PRVW
    MAP_SRVC MBOX MDB METS METS_ZIP MHTML MIF_MID MOBI MOP MP3 MPEG2 MPEG4 MPEG4_AVC MRSID
    MSG_HTTP MSI MXD N3 NETCDF OAPK OCTET ODB ODC ODF ODG ODP ODS ODT OVF OWL PDF PDF1X PDFA1A
    PDFA1B PDFA2A PDFA2B PDFA3 PDFUA PDFX PDFX1A PDFX2A PDFX4 PL PNG PPS PPSX PPT PPTX PS PSD
    PWP QGS RAR RDF RDFA RDF_N_QUADS RDF_N_TRIPLES RDF_THRIFT RDF_TRIG RDF_TRIX RDF_TURTLE
    RDF_XML REST RPM RSS RTF SB3 SCHEMA_XML SDMX SGML SHP SKOS_XML SPARQLQ SPARQLQRES SQL STL
    SVG SWM TAB TAB_RSTR TAR TAR_GZ TAR_XZ TIFF TIFF_FX TMX TSV TXT UNGEN WAR WARC WARC_GZ WAV
    WCS_SRVC WFS_SRVC WIM WMS_SRVC WORLD XHTML XHTML5 XHTML_SIMPL XLIFF XLS XLSB XLSM XLSX XML
    XSLFO XSLT XYZ XZ YAML Z ZIP
"""
FILE_TYPES = frozenset(_FILE_TYPES.split())
"""The EU’s file types."""

_MEDIA_TYPES = """
    ATOM application/atom+xml
    CSV text/csv
    DOC application/msword
    DOCX application/vnd.openxmlformats-officedocument.wordprocessingml.document
    EPUB application/epub+zip
    GEOJSON application/geo+json
    GIF image/gif
    GML application/gml+xml
    GPKG application/geopackage+sqlite3
    GZIP application/gzip
    HTML text/html
    ICS text/calendar
    JPEG image/jpeg
    JSON application/json
    JSON_LD application/ld+json
    KML application/vnd.google-earth.kml+xml
    KMZ application/vnd.google-earth.kmz
    N3 text/n3
    ODP application/vnd.oasis.opendocument.presentation
    ODS application/vnd.oasis.opendocument.spreadsheet
    ODT application/vnd.oasis.opendocument.text
    PDF application/pdf
    PNG image/png
    PPT application/vnd.ms-powerpoint
    PPTX application/vnd.openxmlformats-officedocument.presentationml.presentation
    RDF_N_QUADS application/n-quads
    RDF_N_TRIPLES application/n-triples
    RDF_TRIG application/trig
    RDF_TURTLE text/turtle
    RDF_XML application/rdf+xml
    RTF application/rtf
    SPARQLQRES application/sparql-results+xml
    SQL application/sql
    SVG image/svg+xml
    TIFF image/tiff
    TSV text/tab-separated-values
    TXT text/plain
    XLS application/vnd.ms-excel
    XLSX application/vnd.openxmlformats-officedocument.spreadsheetml.sheet
    XML application/xml
    YAML application/yaml
    ZIP application/zip
"""
MEDIA_TYPES = dict(line.split() for line in _MEDIA_TYPES.strip().splitlines())
"""IANA’s media type of each of the EU’s file types that has one of its own."""

_LICENCES = """
    0BSD AFL-3.0 AGPL-3.0-only AGPL-3.0-or-later Apache-1.1 Apache-2.0 Artistic-2.0
    BSD-2-Clause BSD-3-Clause BSD-4-Clause BSL-1.0 BlueOak-1.0.0 CC-BY-3.0 CC-BY-4.0
    CC-BY-NC-4.0 CC-BY-NC-ND-4.0 CC-BY-NC-SA-4.0 CC-BY-ND-4.0 CC-BY-SA-3.0 CC-BY-SA-4.0
    CC0-1.0 CDDL-1.0 CDDL-1.1 CECILL-1.0 CECILL-1.1 CECILL-2.0 CECILL-2.1 CECILL-B CECILL-C
    CPL-1.0 DL-DE-BY-2.0 DL-DE-ZERO-2.0 ECL-2.0 EFL-2.0 EPL-1.0 EPL-2.0 EUPL-1.0 EUPL-1.1
    EUPL-1.2 GFDL-1.3-only GFDL-1.3-or-later GPL-2.0-only GPL-2.0-or-later GPL-3.0-only
    GPL-3.0-or-later ISC LGPL-2.1-only LGPL-2.1-or-later LGPL-3.0-only LGPL-3.0-or-later
    LiLiQ-P-1.1 LiLiQ-R-1.1 LiLiQ-Rplus-1.1 MIT MIT-0 MPL-1.1 MPL-2.0 MS-PL MS-RL MulanPSL-2.0
    NCSA NTP ODC-By-1.0 ODbL-1.0 OFL-1.1 OGL-UK-3.0 OSL-3.0 PDDL-1.0 PHP-3.01 PSF-2.0
    PostgreSQL Python-2.0 Ruby TCL UPL-1.0 Unlicense Vim W3C WTFPL X11 ZPL-2.1 Zlib etalab-2.0
"""
LICENCES = frozenset(_LICENCES.split())
"""Identifiers of SPDX, of the licences in use here. Another one is given by its address."""


_SPDX = word(
    *sorted(LICENCES),
    instead="There is no such licence “{word}” among the identifiers of SPDX that are known here: "
    "give its address.",
)
_SPDX_ADDRESS = re.compile(r"https?://(?:www\.)?spdx\.org/licenses/([A-Za-z0-9.+-]+?)(\.html)?/?")


def licence(value: str) -> str:
    """The address of a licence. An identifier of SPDX stands for the address that SPDX gives it."""
    text = value.strip()
    if "/" not in text and ":" not in text:
        return f"https://spdx.org/licenses/{_SPDX.check(text)}"
    given = address(text)
    named = _SPDX_ADDRESS.fullmatch(given)
    return f"https://spdx.org/licenses/{named[1]}" if named else given


Licence = Annotated[str, Checked(licence, minLength=1, maxLength=ADDRESS)]
FileType = Annotated[
    str,
    word(
        *sorted(FILE_TYPES),
        instead="There is no file type “{word}” in the EU’s list: leave it out, and give the media "
        "type.",
    ),
]
Theme = Annotated[str, word(*THEMES)]
HvdCategory = Annotated[
    str,
    word(
        *HVD_CATEGORIES,
        instead="There is no category “{word}” of high-value datasets in the EU’s list. The six: "
        "c_a9135398, c_dd313021, c_ac64a52d, c_164e0bf5, c_b79e35eb, c_e1da4e07.",
    ),
]
