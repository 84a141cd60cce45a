//! The countries the shop sells to: towns with real postal codes, usual street names, how an
//! address and a telephone number are written there, and the standard rate of VAT.

use super::names::{self, Names};

/// How street and house number stand together.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum StreetStyle {
    /// `Lindenweg 14`
    NumberLast,
    /// `14 Rue des Lilas`
    NumberFirst,
}

pub struct City {
    pub name: &'static str,
    pub region: &'static str,
    /// Real codes of the town. In the Netherlands two letters are put behind.
    pub postal_codes: &'static [&'static str],
}

pub struct Country {
    pub code: &'static str,
    /// Share of the customers, in per mille.
    pub share: u32,
    /// Standard VAT in hundredths of a per cent.
    pub vat: u32,
    /// Index in the list of warehouses from where orders of this country leave first.
    pub nearest_warehouse: usize,
    /// `#` stands for a digit. Numbers set aside for fiction where the country has such.
    pub phone: &'static str,
    pub language: &'static str,
    pub time_zone: &'static str,
    pub carriers: &'static [Carrier],
    pub style: StreetStyle,
    pub streets: &'static [&'static str],
    pub cities: &'static [City],
    pub names: &'static Names,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Carrier {
    Dhl,
    Dpd,
    Gls,
    Ups,
    PostNl,
}

use Carrier::{Dhl, Dpd, Gls, PostNl, Ups};
use StreetStyle::{NumberFirst, NumberLast};

const fn city(name: &'static str, region: &'static str, postal_codes: &'static [&'static str]) -> City {
    City { name, region, postal_codes }
}

#[rustfmt::skip]
pub static COUNTRIES: [Country; 12] = [
    Country {
        code: "DE",
        share: 330,
        vat: 1900,
        nearest_warehouse: 0,
        phone: "+49 152 28817###",
        language: "de",
        time_zone: "Europe/Berlin",
        carriers: &[Dhl, Dhl, Dhl, Dpd, Gls, Ups],
        style: NumberLast,
        streets: &[
            "Lindenstraße", "Gartenweg", "Hauptstraße", "Bergstraße", "Schillerstraße", "Goethestraße",
            "Am Mühlbach", "Kastanienallee", "Bahnhofstraße", "Rosenweg", "Kirchgasse", "Ahornweg", "Uhlandstraße",
            "Wiesengrund", "Marktstraße", "Feldstraße", "Mozartstraße", "An der Alten Ziegelei",
        ],
        cities: &[
            city(
                "Berlin",
                "Berlin",
                &[
                    "10115", "10119", "10243", "10405", "10437", "10585", "10823", "10965", "10999", "12047", "12435",
                    "13353",
                ],
            ),
            city("Hamburg", "Hamburg", &["20095", "20144", "20253", "20357", "22085", "22303", "22765", "22767"]),
            city("München", "Bayern", &["80331", "80469", "80636", "80799", "80802", "81541", "81667", "81929"]),
            city("Köln", "Nordrhein-Westfalen", &["50667", "50672", "50733", "50823", "50937", "50968", "51063"]),
            city("Frankfurt am Main", "Hessen", &["60311", "60316", "60325", "60385", "60486", "60594"]),
            city("Stuttgart", "Baden-Württemberg", &["70173", "70176", "70182", "70199", "70372", "70567"]),
            city("Düsseldorf", "Nordrhein-Westfalen", &["40210", "40217", "40223", "40237", "40476", "40545"]),
            city("Leipzig", "Sachsen", &["04103", "04105", "04107", "04229", "04275", "04317"]),
            city("Dresden", "Sachsen", &["01067", "01097", "01099", "01277", "01309"]),
            city("Hannover", "Niedersachsen", &["30159", "30161", "30169", "30449", "30625"]),
            city("Nürnberg", "Bayern", &["90402", "90409", "90429", "90443", "90478"]),
            city("Bremen", "Bremen", &["28195", "28203", "28209", "28215", "28357"]),
            city("Freiburg im Breisgau", "Baden-Württemberg", &["79098", "79102", "79106", "79115"]),
            city("Münster", "Nordrhein-Westfalen", &["48143", "48145", "48149", "48155"]),
            city("Kiel", "Schleswig-Holstein", &["24103", "24105", "24114", "24118"]),
        ],
        names: &names::GERMAN,
    },
    Country {
        code: "FR",
        share: 160,
        vat: 2000,
        nearest_warehouse: 1,
        phone: "+33 6 39 98 ## ##",
        language: "fr",
        time_zone: "Europe/Paris",
        carriers: &[Dpd, Gls, Dhl, Ups],
        style: NumberFirst,
        streets: &[
            "Rue des Lilas", "Rue Victor Hugo", "Avenue de la République", "Rue du Moulin", "Rue Pasteur",
            "Boulevard Voltaire", "Rue de la Fontaine", "Rue des Écoles", "Impasse des Cerisiers",
            "Rue Jean Jaurès", "Chemin des Vignes", "Rue Saint-Michel", "Place du Marché", "Rue des Acacias",
        ],
        cities: &[
            city("Paris", "Île-de-France", &["75003", "75005", "75009", "75010", "75011", "75014", "75018", "75020"]),
            city("Lyon", "Auvergne-Rhône-Alpes", &["69001", "69003", "69004", "69006", "69007", "69008"]),
            city("Marseille", "Provence-Alpes-Côte d’Azur", &["13001", "13004", "13006", "13008", "13012"]),
            city("Toulouse", "Occitanie", &["31000", "31200", "31300", "31400"]),
            city("Nantes", "Pays de la Loire", &["44000", "44100", "44200", "44300"]),
            city("Strasbourg", "Grand Est", &["67000", "67100", "67200"]),
            city("Bordeaux", "Nouvelle-Aquitaine", &["33000", "33100", "33200", "33800"]),
            city("Lille", "Hauts-de-France", &["59000", "59160", "59800"]),
            city("Rennes", "Bretagne", &["35000", "35200", "35700"]),
            city("Grenoble", "Auvergne-Rhône-Alpes", &["38000", "38100"]),
        ],
        names: &names::FRENCH,
    },
    Country {
        code: "NL",
        share: 105,
        vat: 2100,
        nearest_warehouse: 0,
        phone: "+31 6 8512 ####",
        language: "nl",
        time_zone: "Europe/Amsterdam",
        carriers: &[PostNl, PostNl, PostNl, Dhl, Dpd],
        style: NumberLast,
        streets: &[
            "Kerkstraat", "Dorpsstraat", "Molenweg", "Prinsengracht", "Wilhelminastraat", "Beatrixlaan",
            "Schoolstraat", "Julianalaan", "Oudegracht", "Parklaan", "Burgemeester van Dijklaan", "Vondelstraat",
            "Havenkade", "Lindelaan",
        ],
        cities: &[
            city("Amsterdam", "Noord-Holland", &["1013", "1016", "1018", "1053", "1055", "1072", "1091", "1097"]),
            city("Rotterdam", "Zuid-Holland", &["3011", "3021", "3032", "3051", "3061", "3071"]),
            city("Utrecht", "Utrecht", &["3511", "3513", "3531", "3551", "3572", "3581"]),
            city("Den Haag", "Zuid-Holland", &["2511", "2514", "2517", "2562", "2582"]),
            city("Eindhoven", "Noord-Brabant", &["5611", "5612", "5615", "5643"]),
            city("Groningen", "Groningen", &["9711", "9712", "9717", "9725"]),
            city("Haarlem", "Noord-Holland", &["2011", "2013", "2021", "2024"]),
            city("Nijmegen", "Gelderland", &["6511", "6521", "6524", "6531"]),
        ],
        names: &names::DUTCH,
    },
    Country {
        code: "AT",
        share: 85,
        vat: 2000,
        nearest_warehouse: 0,
        phone: "+43 664 550####",
        language: "de",
        time_zone: "Europe/Vienna",
        carriers: &[Dpd, Gls, Dhl],
        style: NumberLast,
        streets: &[
            "Mariahilfer Straße", "Wiener Straße", "Gumpendorfer Straße", "Kirchengasse", "Am Stadtpark",
            "Neubaugasse", "Linzer Straße", "Dorfstraße", "Schulgasse", "Brunnengasse", "Alserbachstraße",
            "Sonnenweg",
        ],
        cities: &[
            city(
                "Wien",
                "Wien",
                &["1010", "1030", "1040", "1050", "1060", "1070", "1090", "1120", "1150", "1180", "1200"],
            ),
            city("Graz", "Steiermark", &["8010", "8020", "8036", "8041"]),
            city("Linz", "Oberösterreich", &["4020", "4030", "4040"]),
            city("Salzburg", "Salzburg", &["5020", "5023", "5026"]),
            city("Innsbruck", "Tirol", &["6020"]),
            city("Klagenfurt am Wörthersee", "Kärnten", &["9020"]),
        ],
        names: &names::GERMAN,
    },
    Country {
        code: "IT",
        share: 80,
        vat: 2200,
        nearest_warehouse: 1,
        phone: "+39 347 551 ####",
        language: "it",
        time_zone: "Europe/Rome",
        carriers: &[Gls, Dhl, Ups, Dpd],
        style: NumberLast,
        streets: &[
            "Via Garibaldi", "Via Roma", "Via Mazzini", "Corso Italia", "Via Dante", "Via Verdi", "Viale dei Tigli",
            "Via Cavour", "Via San Martino", "Piazza del Popolo", "Via della Repubblica", "Via Leopardi",
        ],
        cities: &[
            city("Milano", "Lombardia", &["20121", "20124", "20131", "20144", "20154"]),
            city("Roma", "Lazio", &["00153", "00161", "00182", "00185", "00192"]),
            city("Torino", "Piemonte", &["10121", "10124", "10138", "10152"]),
            city("Bologna", "Emilia-Romagna", &["40121", "40124", "40137"]),
            city("Firenze", "Toscana", &["50121", "50123", "50136"]),
            city("Verona", "Veneto", &["37121", "37123", "37131"]),
            city("Padova", "Veneto", &["35121", "35122", "35137"]),
            city("Trieste", "Friuli-Venezia Giulia", &["34121", "34133"]),
        ],
        names: &names::ITALIAN,
    },
    Country {
        code: "ES",
        share: 65,
        vat: 2100,
        nearest_warehouse: 1,
        phone: "+34 655 01 ## ##",
        language: "es",
        time_zone: "Europe/Madrid",
        carriers: &[Gls, Dhl, Ups],
        style: NumberLast,
        streets: &[
            "Calle Mayor", "Calle de Alcalá", "Calle del Sol", "Avenida de la Constitución", "Calle San Juan",
            "Calle de la Luna", "Paseo de Gracia", "Calle Cervantes", "Calle Nueva", "Plaza de España",
            "Calle de los Olivos",
        ],
        cities: &[
            city("Madrid", "Comunidad de Madrid", &["28004", "28010", "28012", "28015", "28028"]),
            city("Barcelona", "Cataluña", &["08003", "08009", "08012", "08025", "08036"]),
            city("Valencia", "Comunidad Valenciana", &["46001", "46006", "46022"]),
            city("Sevilla", "Andalucía", &["41001", "41003", "41018"]),
            city("Bilbao", "País Vasco", &["48001", "48009", "48013"]),
            city("Zaragoza", "Aragón", &["50001", "50004", "50018"]),
        ],
        names: &names::SPANISH,
    },
    Country {
        code: "PL",
        share: 60,
        vat: 2300,
        nearest_warehouse: 2,
        phone: "+48 512 550 ###",
        language: "pl",
        time_zone: "Europe/Warsaw",
        carriers: &[Dpd, Gls, Dhl],
        style: NumberLast,
        streets: &[
            "ul. Lipowa", "ul. Mickiewicza", "ul. Kościuszki", "ul. Ogrodowa", "ul. Słowackiego", "ul. Polna",
            "ul. Długa", "al. Niepodległości", "ul. Kwiatowa", "ul. Szkolna", "ul. Sienkiewicza", "ul. Brzozowa",
        ],
        cities: &[
            city("Warszawa", "Mazowieckie", &["00-511", "00-695", "01-042", "02-001", "03-812"]),
            city("Kraków", "Małopolskie", &["30-001", "31-011", "31-154", "30-527"]),
            city("Poznań", "Wielkopolskie", &["60-101", "60-687", "61-131", "61-714"]),
            city("Wrocław", "Dolnośląskie", &["50-001", "50-365", "53-333"]),
            city("Gdańsk", "Pomorskie", &["80-001", "80-215", "80-822"]),
            city("Łódź", "Łódzkie", &["90-001", "90-265", "93-035"]),
        ],
        names: &names::POLISH,
    },
    Country {
        code: "BE",
        share: 45,
        vat: 2100,
        nearest_warehouse: 1,
        phone: "+32 470 55 ## ##",
        language: "nl",
        time_zone: "Europe/Brussels",
        carriers: &[PostNl, Dpd, Gls, Dhl],
        style: NumberLast,
        streets: &[
            "Stationsstraat", "Kerkstraat", "Nieuwstraat", "Veldstraat", "Rue de la Station", "Rue Haute",
            "Avenue Louise", "Molenstraat", "Rue des Tilleuls", "Kapellestraat",
        ],
        cities: &[
            city("Brussel", "Brussels Hoofdstedelijk Gewest", &["1000", "1030", "1040", "1050", "1060", "1180"]),
            city("Antwerpen", "Vlaanderen", &["2000", "2018", "2060", "2140"]),
            city("Gent", "Vlaanderen", &["9000", "9040", "9050"]),
            city("Liège", "Wallonie", &["4000", "4020", "4030"]),
            city("Leuven", "Vlaanderen", &["3000", "3001"]),
            city("Namur", "Wallonie", &["5000", "5100"]),
        ],
        names: &names::DUTCH,
    },
    Country {
        code: "DK",
        share: 25,
        vat: 2500,
        nearest_warehouse: 0,
        phone: "+45 50 55 ## ##",
        language: "da",
        time_zone: "Europe/Copenhagen",
        carriers: &[Gls, Dhl, Dpd],
        style: NumberLast,
        streets: &[
            "Nørregade", "Vestergade", "Strandvejen", "Østerbrogade", "Skolevej", "Søndergade", "Kirkevej",
            "Birkevej", "Møllevej",
        ],
        cities: &[
            city("København", "Hovedstaden", &["1123", "1455", "2100", "2200", "2300"]),
            city("Aarhus", "Midtjylland", &["8000", "8200", "8210"]),
            city("Odense", "Syddanmark", &["5000", "5200", "5230"]),
            city("Aalborg", "Nordjylland", &["9000", "9200"]),
        ],
        names: &names::DANISH,
    },
    Country {
        code: "SE",
        share: 25,
        vat: 2500,
        nearest_warehouse: 2,
        phone: "+46 70 174 06 ##",
        language: "sv",
        time_zone: "Europe/Stockholm",
        carriers: &[Dhl, Dpd, Ups],
        style: NumberLast,
        streets: &[
            "Storgatan", "Drottninggatan", "Kungsgatan", "Skolgatan", "Björkvägen", "Ringvägen", "Trädgårdsgatan",
            "Parkvägen", "Hantverkargatan",
        ],
        cities: &[
            city("Stockholm", "Stockholms län", &["111 22", "113 30", "116 23", "118 50"]),
            city("Göteborg", "Västra Götalands län", &["411 03", "413 01", "416 55"]),
            city("Malmö", "Skåne län", &["211 20", "214 22", "217 42"]),
            city("Uppsala", "Uppsala län", &["752 20", "753 10"]),
            city("Lund", "Skåne län", &["222 21", "223 50"]),
        ],
        names: &names::SWEDISH,
    },
    Country {
        code: "FI",
        share: 10,
        vat: 2550,
        nearest_warehouse: 2,
        phone: "+358 45 789 ####",
        language: "fi",
        time_zone: "Europe/Helsinki",
        carriers: &[Dhl, Dpd, Ups],
        style: NumberLast,
        streets: &["Mannerheimintie", "Koulukatu", "Rantatie", "Hämeentie", "Kirkkokatu", "Puistokatu", "Koivutie"],
        cities: &[
            city("Helsinki", "Uusimaa", &["00100", "00150", "00180", "00500"]),
            city("Espoo", "Uusimaa", &["02100", "02230"]),
            city("Tampere", "Pirkanmaa", &["33100", "33210"]),
            city("Turku", "Varsinais-Suomi", &["20100", "20500"]),
        ],
        names: &names::FINNISH,
    },
    Country {
        code: "CZ",
        share: 10,
        vat: 2100,
        nearest_warehouse: 2,
        phone: "+420 601 550 ###",
        language: "cs",
        time_zone: "Europe/Prague",
        carriers: &[Dpd, Gls, Dhl],
        style: NumberLast,
        streets: &["Nádražní", "Husova", "Komenského", "Masarykova", "Zahradní", "Palackého", "Květinová", "Lipová"],
        cities: &[
            city("Praha", "Praha", &["110 00", "120 00", "130 00", "150 00", "170 00"]),
            city("Brno", "Jihomoravský kraj", &["602 00", "612 00", "616 00"]),
            city("Ostrava", "Moravskoslezský kraj", &["702 00", "708 00"]),
            city("Plzeň", "Plzeňský kraj", &["301 00", "326 00"]),
        ],
        names: &names::CZECH,
    },
];

impl Carrier {
    pub const fn name(self) -> &'static str {
        match self {
            Dhl => "DHL",
            Dpd => "DPD",
            Gls => "GLS",
            Ups => "UPS",
            PostNl => "PostNL",
        }
    }

    /// How its tracking numbers look: `#` a digit, `@` a capital letter, the rest as it stands.
    pub const fn tracking_pattern(self) -> &'static str {
        match self {
            Dhl => "00340434############",
            Dpd => "0150##########",
            Gls => "5########@#@",
            Ups => "1Z@##@##03########",
            PostNl => "3STLLY#########",
        }
    }
}
