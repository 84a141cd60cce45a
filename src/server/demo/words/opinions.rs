//! What customers say about each kind of goods: one list for those who are content, one for the others.

pub struct Opinions {
    pub kind: &'static str,
    pub good: &'static [&'static str],
    pub bad: &'static [&'static str],
}

const fn of(kind: &'static str, good: &'static [&'static str], bad: &'static [&'static str]) -> Opinions {
    Opinions { kind, good, bad }
}

/// For a kind that has no list of its own.
static GENERAL: Opinions = of(
    "",
    &["It does exactly what the description promises.", "Everything fits and nothing rattles."],
    &["It feels cheaper than it was.", "The manual left me alone with it."],
);

pub fn about(kind: &str) -> &'static Opinions {
    BY_KIND.iter().find(|opinions| opinions.kind == kind).unwrap_or(&GENERAL)
}

#[rustfmt::skip]
static BY_KIND: [Opinions; 30] = [
    of("ultrabook", &[
        "The keyboard is a joy, I write all day on it.", "The battery gets me from Hamburg to Vienna with some left.",
        "It wakes up the moment I open the lid.", "The fan is silent in everything I do for work.",
        "So light that I checked twice whether it was in my bag.", "The screen is bright enough for the balcony.",
    ], &[
        "The fan starts as soon as a video call begins.", "The battery is empty after five hours, not after a day.",
        "The touchpad clicks on the left only when it wants to.", "One of the USB-C ports was loose after two weeks.",
        "There is a yellow tint in the lower corner of the screen.", "The lid collects every fingerprint.",
    ]),
    of("gaming-laptop", &[
        "Runs everything I own at full detail without stutter.", "The cooling is far better than in my last one.",
        "The 240 Hz panel is hard to give up again.", "Adding a second drive took five minutes.", "Frame rates stay level even after two hours.",
    ], &[
        "Under load it sounds like a hair dryer.", "The charger is as large as a brick and nearly as heavy.",
        "The battery lasts a train stop.", "Heat builds up right under the left hand.", "It throttled after twenty minutes in every game.",
    ]),
    of("workstation", &[
        "Rendering times fell to a third.", "The colour protocol in the box matched my own measurement.",
        "It compiles our project in four minutes instead of eleven.", "Memory can be exchanged without breaking a seal.", "The card reader is finally as fast as the cards.",
    ], &[
        "At this price I expect a panel without bleeding edges.", "Driver updates broke my CAD program twice.",
        "It is heavier than the data sheet says.", "The fans whistle at medium speed.", "Support needed nine days for a reply.",
    ]),
    of("desktop", &[
        "Hardly audible beside the refrigerator.", "Cables inside are laid as neatly as I would do it.",
        "There is room for another two drives.", "Office, photos, an evening game: it does not mind.", "The dust filters come out in seconds.",
    ], &[
        "The front USB port gave up in the first month.", "One fan bearing grinds.", "The glass panel arrived with a crack.",
        "There was only one memory module although two were listed.", "It is loud until one updates the firmware.",
    ]),
    of("mini-pc", &[
        "It hangs behind the monitor and nobody has noticed it yet.", "Runs our home automation on eight watts.",
        "Three screens, no problem.", "It replaced an office computer ten times its size.", "Setup took less time than a coffee.",
    ], &[
        "The small fan has a tone that goes through doors.", "Gets hot when it sits behind a screen.", "Wi-Fi drops once a day.",
        "The memory is soldered, which the page did not say.", "The power supply hums.",
    ]),
    of("ssd", &[
        "My old laptop starts in nine seconds now.", "Copying the whole photo archive took a quarter of an hour.",
        "Stays cool even without the heat pad.", "The cloning program worked at the first try.", "Measured speed is a bit above what is printed.",
    ], &[
        "Writing drops to 90 MB/s after a few gigabytes.", "It vanished from the system after three weeks.",
        "The screw was missing.", "It gets so warm that the computer slows it down.", "The capacity is well below what I reckoned with.",
    ]),
    of("memory", &[
        "Put in, switched on, profile recognised.", "Eight hours of memory test without a single error.",
        "Just fits below my cooler.", "The computer stopped swapping at last.", "Also runs a step faster than it says.",
    ], &[
        "One of the two modules was dead.", "Does not run at the printed speed on my board.", "The heat spreader touches the cooler.",
        "The kit came in two different revisions.", "It crashed in the memory test after ten minutes.",
    ]),
    of("graphics", &[
        "The fans stand still when I only write.", "Plays everything in 1440p.", "Hardly any coil whine.", "It stays at 62 degrees in my small case.",
        "The bracket keeps it straight.",
    ], &[
        "Coils whine in every menu.", "Two centimetres longer than given, it did not fit.", "The driver resets once an evening.",
        "One of the fans scrapes.", "The outputs do not recognise my older monitor.",
    ]),
    of("power-supply", &[
        "I had to check whether it was running.", "Cables are long enough for a big tower.", "Nothing flickers any more when the heating starts.",
        "The connectors sit firmly.", "A sensible reserve for the next graphics card.",
    ], &[
        "It clicks each time the computer wakes.", "One cable had a bent pin.", "The fan rattles when mounted upside down.",
        "There is a smell of plastic even after a week.", "It switched off under full load.",
    ]),
    of("monitor", &[
        "Letters are razor sharp.", "One cable for picture, power and network: my desk is empty.", "The stand turns to portrait with one finger.",
        "Even black in a dark room.", "My eyes are less tired in the evening.", "The colours were right out of the box.",
    ], &[
        "There is a dead pixel near the middle.", "The stand wobbles when I type.", "Light bleeds in from the lower edge.",
        "It needs eight seconds to wake up.", "The menu button is a riddle.", "White turns to pink when seen from the side.",
    ]),
    of("keyboard", &[
        "The tactile point is just right.", "My colleagues do not hear me any more.", "Changing between laptop and tablet works at once.",
        "The caps still look new.", "Heavy enough to stay in its place.",
    ], &[
        "The space bar rattles.", "It loses the connection when the computer sleeps.", "The letter E writes twice.",
        "The layout was not the one I had ordered.", "The feet broke off within a month.",
    ]),
    of("mouse", &[
        "After a day of work my wrist is fine.", "The wheel runs freely and stops where it should.", "Works on the glass table.",
        "I charge it every second month.", "Clicks are so quiet that I use it in meetings.",
    ], &[
        "A double click comes out of every single one.", "The coating gets sticky.", "It is too small for my hand.",
        "The receiver is too wide for the port beside it.", "The cursor jumps on dark wood.",
    ]),
    of("webcam", &[
        "People asked whether I had a new room.", "The picture stays clear with the window behind me.", "No driver, no account, no trouble.",
        "The focus follows without pumping.", "The microphone is better than that of my headset.",
    ], &[
        "The focus keeps searching.", "Faces look orange under lamp light.", "The clip does not hold on a thin lid.",
        "Sound and picture are half a second apart.", "It gets lost after every restart.",
    ]),
    of("dock", &[
        "Two screens, network, keyboard, all with one plug.", "It charges the laptop while everything runs.", "Stays cool.",
        "The network reaches full speed.", "Heavy enough not to slide.",
    ], &[
        "The second screen goes black every hour.", "The network port falls asleep with the laptop.", "Its cable is too short for a stand.",
        "It gets hot enough to worry me.", "Only one of the ports gives real power.",
    ]),
    of("smartphone", &[
        "Two days without a charger.", "The camera is astonishing after sunset.", "It still fits my hand.", "The screen can be read on the beach.",
        "It has fallen twice and looks new.", "Calls are clear even in the train.",
    ], &[
        "The battery does not get through the day.", "The fingerprint reader knows me one time in three.", "Pictures of moving children are blurred.",
        "It gets hot while charging.", "Half a dozen programs cannot be removed.", "The glass scratched in the first week.",
    ]),
    of("tablet", &[
        "My mother reads her newspaper on it every morning.", "The four loudspeakers are a surprise.", "Drawing feels nearly like paper.",
        "The battery lasts for a whole weekend.", "Sharp and free of reflections.",
    ], &[
        "It stutters with two programs open.", "The pen must be bought separately.", "The charger port is loose.",
        "It is stuck on last year’s system.", "The loudspeakers rattle at half volume.",
    ]),
    of("smartwatch", &[
        "Twelve days on one charge, really.", "The track fits the path to the metre.", "It woke me in time and gently.", "Pulse agrees with my chest strap.",
        "I forget that I am wearing it.",
    ], &[
        "The track cuts through houses.", "Steps are counted while I drive.", "The strap gave me a rash.", "The display is too dim in the sun.",
        "Messages arrive ten minutes late.",
    ]),
    of("charger", &[
        "Fills the phone while I shower.", "One charger for the whole family.", "Stays lukewarm.", "Small enough for the trouser pocket.",
        "Even feeds my work laptop.",
    ], &[
        "It whistles when nothing is plugged in.", "Gets hot with two devices.", "The plug is loose in older sockets.",
        "Charges slower than the old one.", "The cable was missing.",
    ]),
    of("power-bank", &[
        "Four full charges on a hiking weekend.", "It was allowed on the plane without a question.", "The display tells the truth.",
        "Charges my laptop for another two hours.", "Flat enough for the jacket.",
    ], &[
        "It holds about two thirds of what is printed.", "It switches off while charging my watch.", "Takes a whole night to fill.",
        "Heavier than I thought.", "The fixed cable broke at the bend.",
    ]),
    of("over-ear", &[
        "The noise cancelling swallows the whole train.", "Comfortable with glasses, even after four hours.", "Voices are clear and never sharp.",
        "I charge it every other week.", "It changes from laptop to phone without a hitch.", "The case is small enough for my bag.",
    ], &[
        "My ears get warm after half an hour.", "The office still comes through.", "One side is quieter than the other.",
        "The hinge creaks with every step.", "Calls sound as if I sat in a bucket.", "The cushions peel.",
    ]),
    of("in-ear", &[
        "They stay in while I run.", "Nobody noticed that I was calling from a tram stop.", "The case slips into every pocket.",
        "Good bass for something so small.", "The smallest tips fit at last.",
    ], &[
        "The left one loses its connection.", "They fall out when I chew.", "Every step is a drum.", "The case does not close properly.",
        "The battery is down to three hours after a month.",
    ]),
    of("speaker", &[
        "It fell into the lake and played on.", "Fills the terrace without distortion.", "Two of them make a real stereo.", "The battery outlasts any party.",
        "Voices on the radio are pleasant to listen to.",
    ], &[
        "Everything booms.", "It falls asleep in quiet passages.", "The button for the volume sits under the loop.",
        "Pairing two of them never worked.", "At full volume it wanders over the table.",
    ]),
    of("soundbar", &[
        "I understand every word again.", "The subwoofer found its partner by itself.", "The night mode saves my marriage.", "It turns on and off with the television.",
        "A wide stage for such a thin bar.",
    ], &[
        "The voice lags behind the lips.", "The subwoofer drops out.", "It covers the eye of the television’s remote control.",
        "The lights cannot be turned off.", "Upward channels are more of a promise than a sound.",
    ]),
    of("television", &[
        "Black is black.", "Football without streaks.", "It was set up in ten minutes, by my father.", "The remote control has real buttons.",
        "No advertising in the menu.", "The two carriers brought it up four floors.",
    ], &[
        "Clouds of light in every dark scene.", "It forgets the channel list.", "The feet are wider than my sideboard.",
        "It restarted in the middle of the match.", "Sound is thin.", "The first one came with a broken panel.",
    ]),
    of("projector", &[
        "A sharp picture up to the corners.", "We have not been to the cinema since.", "It finds its focus by itself.", "Quiet enough for sad scenes.",
        "Bright enough with a lamp on.",
    ], &[
        "Only usable in a really dark room.", "The fan is louder than the film.", "The keystone correction makes letters soft.",
        "Rainbows at every subtitle.", "The zoom does not hold.",
    ]),
    of("camera", &[
        "The focus finds the eye of my dog.", "Clean pictures at ISO 6400.", "The dials are where my fingers are.", "A weekend in the rain did no harm.",
        "The battery took six hundred pictures.",
    ], &[
        "There was dust on the sensor out of the box.", "The menu is a maze.", "It overheats after twenty minutes of video.",
        "The rubber of the grip comes off.", "The focus hunts in the evening.",
    ]),
    of("light", &[
        "Sunrise at half past six, every day.", "No hub, no account, just light.", "The warm white is really warm.", "Dims without flicker.",
        "Six of them have run for months without a fault.",
    ], &[
        "It buzzes when dimmed.", "It is on again after every power cut.", "The green is more of a yellow.", "It loses the connection weekly.",
        "It is longer than my lamp shade.",
    ]),
    of("robot-vacuum", &[
        "Cat hair is no subject any more.", "It finds its way around chairs like a waiter.", "Fits under the sofa.", "The map was right after one round.",
        "It goes on where it had stopped to charge.",
    ], &[
        "It eats cables.", "It gets stuck on the same threshold every day.", "The mop only spreads the dirt.", "It bumps into table legs at full speed.",
        "The dock roars like a lorry.",
    ]),
    of("router", &[
        "Full speed even in the attic.", "Set up in five minutes.", "The guest network keeps the lamps apart.", "It has not restarted once.",
        "The lights can be switched off in the bedroom.",
    ], &[
        "Restarts by itself at night.", "The 5 GHz band vanishes after an hour.", "No better range than my old one.",
        "The settings can only be reached with a telephone.", "It gets hot lying flat.",
    ]),
    of("nas", &[
        "The backup of the whole family runs by itself.", "Drives slide in without tools.", "Quiet in the hall.", "A deleted folder was back in two clicks.",
        "It fills the network cable.",
    ], &[
        "The drives can be heard through the wall.", "The fan rattles.", "The app asks for an account for everything.",
        "Rebuilding took four days.", "Two gigabytes of memory are too few.",
    ]),
];
