//! Computers and their components.

use super::{Axis, Kind, value};
use crate::server::demo::pictures::Shape;

const MEMORY_AND_DRIVE: Axis = Axis {
    name: "Configuration",
    values: &[
        value("16 GB / 512 GB", "16-512", 0),
        value("16 GB / 1 TB", "16-1T", 9),
        value("32 GB / 1 TB", "32-1T", 20),
        value("32 GB / 2 TB", "32-2T", 32),
    ],
};

const CAPACITY: Axis = Axis {
    name: "Capacity",
    values: &[value("500 GB", "500", 0), value("1 TB", "1T", 55), value("2 TB", "2T", 150), value("4 TB", "4T", 340)],
};

const KIT: Axis = Axis {
    name: "Kit",
    values: &[
        value("16 GB (2 × 8 GB)", "16", 0),
        value("32 GB (2 × 16 GB)", "32", 80),
        value("64 GB (2 × 32 GB)", "64", 220),
    ],
};

#[rustfmt::skip]
pub static KINDS: [Kind; 9] = [
    Kind {
        key: "ultrabook", noun: "ultrabook", category: "Ultrabooks", parent: "Laptops", code: "ULB", share: 22, demand: 34,
        price: (699, 1899), grams: (980, 1450), shape: Shape::Laptop,
        brands: &["Arvana", "Kestrin", "Novaryn", "Jorvika", "Calvox"],
        series: &["Aero", "Feather", "Linea", "Stratus", "Folio"], models: &["13", "14", "14 Pro", "16"],
        axis: Some(MEMORY_AND_DRIVE),
        specs: &[
            ("Display", &["13.3″, 1920 × 1200", "14″, 1920 × 1200", "14″, 2560 × 1600", "16″ OLED, 2880 × 1800"]),
            ("Processor", &["6 cores, up to 4.2 GHz", "8 cores, up to 4.6 GHz", "10 cores, up to 4.8 GHz", "12 cores, up to 5.1 GHz"]),
            ("Battery life", &["10 hours", "12 hours", "15 hours", "18 hours"]),
            ("Brightness", &["350 cd/m²", "400 cd/m²", "500 cd/m²"]),
            ("Ports", &["2 × USB-C, 1 × USB-A", "2 × USB-C, 1 × USB-A, HDMI", "3 × USB-C, HDMI, audio"]),
            ("Wireless", &["Wi-Fi 6, Bluetooth 5.2", "Wi-Fi 6E, Bluetooth 5.3", "Wi-Fi 7, Bluetooth 5.4"]),
        ],
        opening: &[
            "The {name} is a light companion for people who work in a different place every day.",
            "Thin, quiet and quick: the {name} fits every bag and is awake before you sit down.",
            "{brand} has built the {name} around its screen: [Display], matt, and bright enough for a seat at the window.",
        ],
        detail: &[
            "Its [Processor] are plenty for office work, photos and a dozen open programs, and a charge lasts [Battery life].",
            "After [Battery life] of work it is back at half its charge in thirty minutes, through either of the USB-C ports.",
            "The keyboard has a deep stroke for its size, the touchpad is made of glass, and [Ports] save you most adapters.",
        ],
        closing: &["Drive and battery can be changed with one screwdriver.", "The lid is milled from recycled aluminium."],
    },
    Kind {
        key: "gaming-laptop", noun: "gaming laptop", category: "Gaming laptops", parent: "Laptops", code: "GLP", share: 14, demand: 16,
        price: (1099, 2799), grams: (2150, 2900), shape: Shape::Laptop,
        brands: &["Gravon", "Zentaro", "Wexlo", "Dornik"],
        series: &["Raptor", "Forge", "Vortex", "Onyx"], models: &["15", "16", "16 X", "18"],
        axis: Some(MEMORY_AND_DRIVE),
        specs: &[
            ("Display", &["15.6″, 144 Hz", "16″, 165 Hz", "16″, 2560 × 1600, 240 Hz", "18″, 2560 × 1600, 240 Hz"]),
            ("Graphics memory", &["6 GB", "8 GB", "12 GB", "16 GB"]),
            ("Processor", &["8 cores, up to 4.7 GHz", "10 cores, up to 5.0 GHz", "14 cores, up to 5.2 GHz", "16 cores, up to 5.4 GHz"]),
            ("Cooling", &["two fans, four heat pipes", "two fans, six heat pipes", "vapour chamber, liquid metal"]),
            ("Keyboard", &["one-zone lighting", "four-zone lighting", "lighting for each key"]),
            ("Weight", &["2.2 kg", "2.4 kg", "2.8 kg"]),
        ],
        opening: &[
            "The {name} runs current games at full detail and still fits a rucksack.",
            "With [Graphics memory] of graphics memory the {name} is made for long evenings and high frame rates.",
            "Desktop speed in a case of [Weight]: that is what the {name} was drawn for.",
        ],
        detail: &[
            "The cooling ([Cooling]) keeps the fans at a murmur until you ask for everything it has.",
            "[Processor] and a [Display] panel leave room for the games of the next years.",
            "Memory and both drive slots sit behind one cover, so that upgrading takes ten minutes.",
        ],
        closing: &["The charger of 240 W is included.", "Its fan curve can be set in steps of one degree."],
    },
    Kind {
        key: "workstation", noun: "workstation", category: "Workstation laptops", parent: "Laptops", code: "WSL", share: 9, demand: 8,
        price: (1499, 3499), grams: (1900, 2600), shape: Shape::Laptop,
        brands: &["Kestrin", "Quintar", "Arvana", "Halvera"],
        series: &["Atelier", "Drafter", "Meridian", "Pillar"], models: &["14", "16", "16 Plus"],
        axis: Some(MEMORY_AND_DRIVE),
        specs: &[
            ("Display", &["14″, 2560 × 1600, 100 % sRGB", "16″, 2560 × 1600, 100 % P3", "16″ OLED, 3840 × 2400, 100 % P3"]),
            ("Processor", &["10 cores, up to 5.0 GHz", "14 cores, up to 5.1 GHz", "16 cores, up to 5.4 GHz"]),
            ("Graphics memory", &["6 GB", "8 GB", "12 GB"]),
            ("Memory slots", &["2, up to 64 GB", "2, up to 96 GB", "4, up to 128 GB"]),
            ("Card reader", &["SD UHS-II", "SD Express"]),
            ("Certificates", &["for CAD programs", "for CAD and rendering programs"]),
        ],
        opening: &[
            "The {name} is a workshop for engineers, film makers and everybody else who waits for progress bars.",
            "Whoever edits, renders or compiles all day will notice the difference: the {name} holds its top speed for hours.",
            "The {name} comes with a display that is measured one by one and true to colour from the first day.",
        ],
        detail: &[
            "[Processor] work beside [Graphics memory] of graphics memory, and [Memory slots] of memory can be fitted.",
            "The panel ([Display]) comes with a protocol of its calibration.",
            "It is certified [Certificates], and the card reader ([Card reader]) empties a full card in minutes.",
        ],
        closing: &["Service comes to your desk on the next working day.", "Every part that wears has a number and can be ordered."],
    },
    Kind {
        key: "desktop", noun: "desktop computer", category: "Desktop PCs", parent: "Computers", code: "DSK", share: 14, demand: 10,
        price: (549, 2399), grams: (6200, 12400), shape: Shape::Tower,
        brands: &["Gravon", "Dornik", "Quintar", "Tarnevo"],
        series: &["Tower", "Basalt", "Granit", "Monolith"], models: &["300", "500", "700", "900"],
        axis: Some(MEMORY_AND_DRIVE),
        specs: &[
            ("Processor", &["6 cores, up to 4.4 GHz", "8 cores, up to 5.0 GHz", "12 cores, up to 5.4 GHz", "16 cores, up to 5.6 GHz"]),
            ("Graphics", &["in the processor", "8 GB graphics card", "12 GB graphics card", "16 GB graphics card"]),
            ("Noise at rest", &["24 dB(A)", "21 dB(A)", "19 dB(A)"]),
            ("Power supply", &["450 W, 80 PLUS Bronze", "650 W, 80 PLUS Gold", "850 W, 80 PLUS Platinum"]),
            ("Case", &["14 l, steel", "21 l, steel", "32 l, steel and glass"]),
            ("Network", &["1 Gbit/s, Wi-Fi 6", "2.5 Gbit/s, Wi-Fi 6E", "2.5 Gbit/s, Wi-Fi 7"]),
        ],
        opening: &[
            "The {name} is a desktop computer of the old virtue: roomy, quiet and easy to open.",
            "The {name} is built from standard parts, so that it grows with what you ask of it.",
            "For the study as for the living room: the {name} does its work at [Noise at rest] and keeps a low profile.",
        ],
        detail: &[
            "Inside are [Processor] and graphics that fit them ([Graphics]).",
            "The power supply ([Power supply]) has reserves for a stronger graphics card, and two memory slots are free.",
            "Filters at the front come out for cleaning, and the fans are decoupled from the case ([Case]).",
        ],
        closing: &["It is assembled in Poznań and runs under load for a night before it is packed."],
    },
    Kind {
        key: "mini-pc", noun: "mini PC", category: "Mini PCs", parent: "Computers", code: "MPC", share: 12, demand: 12,
        price: (249, 999), grams: (520, 1300), shape: Shape::Box,
        brands: &["Tarnevo", "Calvox", "Fenwik", "Solvane"],
        series: &["Cube", "Nook", "Pebble", "Tile"], models: &["N1", "N3", "N5", "N7"],
        axis: Some(MEMORY_AND_DRIVE),
        specs: &[
            ("Processor", &["4 cores, up to 3.4 GHz", "6 cores, up to 4.3 GHz", "8 cores, up to 4.9 GHz"]),
            ("Displays", &["2 × 4K at 60 Hz", "3 × 4K at 60 Hz", "4 × 4K at 60 Hz"]),
            ("Power", &["10 W at rest", "8 W at rest", "6 W at rest"]),
            ("Size", &["13 × 13 × 5 cm", "12 × 12 × 4 cm", "11 × 11 × 4 cm"]),
            ("Network", &["1 Gbit/s", "2.5 Gbit/s", "2 × 2.5 Gbit/s"]),
        ],
        opening: &[
            "The {name} takes the room of a sandwich and replaces a whole office computer.",
            "Behind the monitor, under the desk or beside the television: the {name} disappears wherever you put it.",
            "Small, frugal, always on: the {name} needs only [Power].",
        ],
        detail: &[
            "[Processor] are quick enough for office, browser and video, and [Displays] can be connected.",
            "With [Network] of network it also makes a good little server at home.",
            "The mount for the back of a monitor is included, its size is [Size].",
        ],
        closing: &["A fan that can hardly be heard keeps it cool."],
    },
    Kind {
        key: "ssd", noun: "drive", category: "Solid-state drives", parent: "Components", code: "SSD", share: 20, demand: 40,
        price: (45, 129), grams: (60, 140), shape: Shape::Stick,
        brands: &["Rivonic", "Ulvane", "Solvane", "Kestrin", "Wexlo"],
        series: &["Swift", "Comet", "Ledger", "Pulse"], models: &["S3", "S5", "S7", "S9"],
        axis: Some(CAPACITY),
        specs: &[
            ("Interface", &["SATA, 2.5″", "PCIe 3.0 × 4, M.2", "PCIe 4.0 × 4, M.2", "PCIe 5.0 × 4, M.2"]),
            ("Read speed", &["560 MB/s", "3,500 MB/s", "7,200 MB/s", "12,000 MB/s"]),
            ("Write speed", &["520 MB/s", "3,000 MB/s", "6,600 MB/s", "10,500 MB/s"]),
            ("Endurance (per TB)", &["300 TB written", "600 TB written", "750 TB written"]),
            ("Warranty", &["3 years", "5 years"]),
        ],
        opening: &[
            "The {name} gives an ageing computer its second youth.",
            "Start in seconds, copy in no time: the {name} reads at [Read speed].",
            "The {name} is a drive for people who copy large files every day.",
        ],
        detail: &[
            "It writes at [Write speed] and keeps that pace over long transfers ([Interface]).",
            "An endurance of [Endurance (per TB)] for each terabyte is more than most computers will ever ask for.",
            "It is encrypted in hardware, and a program to move your old drive is free of charge.",
        ],
        closing: &["The maker’s warranty is [Warranty].", "Screw and heat pad are in the box."],
    },
    Kind {
        key: "memory", noun: "memory kit", category: "Memory modules", parent: "Components", code: "RAM", share: 12, demand: 18,
        price: (45, 99), grams: (60, 120), shape: Shape::Stick,
        brands: &["Rivonic", "Dornik", "Ulvane", "Zentaro"],
        series: &["Steady", "Tempo", "Sprint"], models: &["D4", "D5", "D5 Fast"],
        axis: Some(KIT),
        specs: &[
            ("Type", &["DDR4-3200", "DDR5-5600", "DDR5-6400"]),
            ("Latency", &["CL22", "CL40", "CL32"]),
            ("Voltage", &["1.2 V", "1.1 V", "1.35 V"]),
            ("Heat spreader", &["none", "aluminium, 32 mm", "aluminium, 40 mm"]),
            ("Profile", &["standard", "one profile", "two profiles"]),
        ],
        opening: &[
            "The {name} is memory that simply works: put in, switch on, forget.",
            "With the {name} there is room again for one more browser tab.",
            "Each pair of the {name} is tested together before it is packed.",
        ],
        detail: &[
            "The modules run as [Type] with [Latency] at [Voltage].",
            "The heat spreader ([Heat spreader]) also fits below large coolers.",
            "Timings are stored in the module ([Profile]), so nothing needs to be set by hand.",
        ],
        closing: &["The warranty lasts as long as you own it."],
    },
    Kind {
        key: "graphics", noun: "graphics card", category: "Graphics cards", parent: "Components", code: "GFX", share: 12, demand: 10,
        price: (249, 1399), grams: (900, 2300), shape: Shape::Card,
        brands: &["Gravon", "Zentaro", "Wexlo"],
        series: &["Prisma", "Helion", "Spectra", "Photon"], models: &["60", "70", "80", "90"],
        axis: None,
        specs: &[
            ("Memory", &["8 GB", "12 GB", "16 GB", "24 GB"]),
            ("Memory bus", &["128 bit", "192 bit", "256 bit", "384 bit"]),
            ("Power", &["115 W", "180 W", "250 W", "350 W"]),
            ("Length", &["21 cm", "25 cm", "30 cm", "33 cm"]),
            ("Outputs", &["2 × DisplayPort, 1 × HDMI", "3 × DisplayPort, 1 × HDMI"]),
            ("Fans", &["2", "3"]),
        ],
        opening: &[
            "The {name} plays today’s games smoothly and stays cool doing it.",
            "With [Memory] of its own memory the {name} is ready for high resolutions and large models.",
            "The {name} is the sensible choice for everybody who wants quiet frames rather than records.",
        ],
        detail: &[
            "It takes [Power], is [Length] long and stops its fans altogether on the desktop.",
            "[Outputs] drive up to four screens at once.",
            "The metal plate at the back keeps the board straight, and the fans can be changed one by one.",
        ],
        closing: &["A bracket that carries its weight is included.", "Please measure your case before you order: it is [Length] long."],
    },
    Kind {
        key: "power-supply", noun: "power supply", category: "Power supplies", parent: "Components", code: "PSU", share: 10, demand: 8,
        price: (59, 229), grams: (1600, 2700), shape: Shape::Box,
        brands: &["Dornik", "Gravon", "Halvera"],
        series: &["Constant", "Reserve", "Calm"], models: &["550", "650", "750", "1000"],
        axis: None,
        specs: &[
            ("Efficiency", &["80 PLUS Bronze", "80 PLUS Gold", "80 PLUS Platinum", "80 PLUS Titanium"]),
            ("Cables", &["fixed", "partly modular", "fully modular"]),
            ("Fan", &["120 mm, sleeve bearing", "120 mm, fluid bearing", "135 mm, fluid bearing, stops below 40 % load"]),
            ("Depth", &["14 cm", "15 cm", "16 cm"]),
            ("Warranty", &["5 years", "7 years", "10 years"]),
        ],
        opening: &[
            "A computer is only as steady as what feeds it, and the {name} is very steady.",
            "The {name} delivers clean power and keeps silent about it.",
            "The {name} has the reserves that a new graphics card asks for.",
        ],
        detail: &[
            "Its efficiency ([Efficiency]) saves money every hour the computer runs.",
            "The cables are [Cables], long enough for big towers and flat enough for small ones.",
            "The fan ([Fan]) is hard to hear, even under load.",
        ],
        closing: &["{brand} stands behind it for [Warranty]."],
    },
];
