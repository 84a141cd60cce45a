//! First and last names by language. `women` and `men` are kept apart because Czech and Polish
//! last names follow the gender.

pub struct Names {
    pub women: &'static [&'static str],
    pub men: &'static [&'static str],
    pub last: &'static [&'static str],
    /// Last names of women where they differ; otherwise `last` holds for all.
    pub last_women: Option<&'static [&'static str]>,
}

impl Names {
    pub fn last_names(&self, woman: bool) -> &'static [&'static str] {
        match self.last_women {
            Some(names) if woman => names,
            _ => self.last,
        }
    }
}

#[rustfmt::skip]
pub static GERMAN: Names = Names {
    women: &[
        "Anna", "Lena", "Marie", "Sophie", "Katharina", "Johanna", "Greta", "Charlotte", "Clara", "Paula", "Nele",
        "Franziska", "Sabine", "Petra", "Birgit", "Heike", "Ute", "Monika", "Julia", "Laura", "Miriam", "Theresa",
        "Antonia", "Leyla",
    ],
    men: &[
        "Lukas", "Jonas", "Felix", "Maximilian", "Paul", "Leon", "Tobias", "Sebastian", "Matthias", "Florian",
        "Jan", "Moritz", "Thomas", "Andreas", "Stefan", "Jürgen", "Wolfgang", "Uwe", "Emre", "Simon", "Henrik",
        "Johannes", "Dominik", "Oskar",
    ],
    last: &[
        "Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Meyer", "Wagner", "Becker", "Schulz", "Hoffmann",
        "Koch", "Richter", "Klein", "Wolf", "Schröder", "Neumann", "Braun", "Zimmermann", "Krüger", "Hartmann",
        "Lange", "Werner", "Krause", "Lehmann", "Köhler", "Maier", "Kaiser", "Fuchs", "Lang", "Scholz", "Möller",
        "Weiß", "Jung", "Hahn", "Vogel", "Friedrich", "Keller", "Günther", "Berger", "Winkler", "Roth", "Beck",
        "Lorenz", "Baumann", "Franke", "Albrecht", "Yılmaz", "Huber", "Steiner",
    ],
    last_women: None,
};

#[rustfmt::skip]
pub static FRENCH: Names = Names {
    women: &[
        "Camille", "Léa", "Manon", "Chloé", "Inès", "Élodie", "Juliette", "Margaux", "Nathalie", "Isabelle", "Céline",
        "Amandine", "Lucie", "Pauline", "Mathilde", "Aïcha", "Sylvie", "Claire",
    ],
    men: &[
        "Hugo", "Louis", "Antoine", "Julien", "Nicolas", "Mathieu", "Thibault", "Rémi", "Baptiste", "Olivier",
        "François", "Karim", "Guillaume", "Maxime", "Étienne", "Philippe", "Vincent", "Adrien",
    ],
    last: &[
        "Martin", "Bernard", "Dubois", "Thomas", "Robert", "Petit", "Durand", "Leroy", "Moreau", "Simon", "Laurent",
        "Lefèvre", "Michel", "Garcia", "David", "Bertrand", "Roux", "Vincent", "Fournier", "Morel", "Girard",
        "Mercier", "Dupont", "Lambert", "Bonnet", "François", "Benali", "Legrand", "Garnier", "Chevalier", "Perrin",
        "Gauthier",
    ],
    last_women: None,
};

#[rustfmt::skip]
pub static DUTCH: Names = Names {
    women: &[
        "Emma", "Sanne", "Lotte", "Fleur", "Anouk", "Femke", "Marieke", "Eva", "Iris", "Lieke", "Ingrid", "Hanneke",
        "Noor", "Elise", "Roos", "Saskia",
    ],
    men: &[
        "Daan", "Sem", "Bram", "Thijs", "Lars", "Ruben", "Jeroen", "Pieter", "Maarten", "Wouter", "Sander", "Niels",
        "Koen", "Joris", "Willem", "Tijmen",
    ],
    last: &[
        "de Jong", "Jansen", "de Vries", "van den Berg", "van Dijk", "Bakker", "Janssen", "Visser", "Smit",
        "Meijer", "de Boer", "Mulder", "de Groot", "Bos", "Vos", "Peters", "Hendriks", "van Leeuwen", "Dekker",
        "Brouwer", "de Wit", "Dijkstra", "Smits", "Peeters", "Maes", "Willems", "Claes", "Goossens", "Wouters",
    ],
    last_women: None,
};

#[rustfmt::skip]
pub static ITALIAN: Names = Names {
    women: &[
        "Giulia", "Francesca", "Chiara", "Sara", "Martina", "Elena", "Valentina", "Alessia", "Federica", "Silvia",
        "Paola", "Ilaria", "Beatrice", "Caterina",
    ],
    men: &[
        "Marco", "Luca", "Alessandro", "Matteo", "Andrea", "Davide", "Lorenzo", "Simone", "Giovanni", "Riccardo",
        "Stefano", "Paolo", "Tommaso", "Enrico",
    ],
    last: &[
        "Rossi", "Russo", "Ferrari", "Esposito", "Bianchi", "Romano", "Colombo", "Ricci", "Marino", "Greco", "Bruno",
        "Gallo", "Conti", "De Luca", "Costa", "Giordano", "Mancini", "Rizzo", "Lombardi", "Moretti", "Barbieri",
        "Fontana", "Santoro", "Ferrara",
    ],
    last_women: None,
};

#[rustfmt::skip]
pub static SPANISH: Names = Names {
    women: &[
        "Lucía", "María", "Paula", "Carmen", "Laura", "Marta", "Elena", "Sofía", "Alba", "Cristina", "Nuria", "Irene",
        "Ana", "Rocío",
    ],
    men: &[
        "Alejandro", "Daniel", "Pablo", "Javier", "Sergio", "Carlos", "Miguel", "Álvaro", "Adrián", "Jorge",
        "Rubén", "Iván", "Diego", "Manuel",
    ],
    last: &[
        "García", "Fernández", "González", "Rodríguez", "López", "Martínez", "Sánchez", "Pérez", "Gómez", "Martín",
        "Jiménez", "Ruiz", "Hernández", "Díaz", "Moreno", "Álvarez", "Muñoz", "Romero", "Alonso", "Gutiérrez",
        "Navarro", "Torres", "Domínguez", "Vázquez",
    ],
    last_women: None,
};

#[rustfmt::skip]
pub static POLISH: Names = Names {
    women: &[
        "Anna", "Katarzyna", "Małgorzata", "Agnieszka", "Zofia", "Julia", "Maja", "Aleksandra", "Natalia", "Ewa",
        "Joanna", "Magdalena",
    ],
    men: &[
        "Piotr", "Krzysztof", "Tomasz", "Paweł", "Michał", "Jakub", "Adam", "Łukasz", "Marcin", "Kacper",
        "Grzegorz", "Wojciech",
    ],
    last: &[
        "Nowak", "Kowalski", "Wiśniewski", "Wójcik", "Kowalczyk", "Kamiński", "Lewandowski", "Zieliński",
        "Szymański", "Woźniak", "Dąbrowski", "Kozłowski", "Mazur", "Jankowski", "Kwiatkowski", "Wojciechowski",
        "Krawczyk", "Kaczmarek", "Piotrowski", "Grabowski",
    ],
    last_women: Some(&[
        "Nowak", "Kowalska", "Wiśniewska", "Wójcik", "Kowalczyk", "Kamińska", "Lewandowska", "Zielińska", "Szymańska",
        "Woźniak", "Dąbrowska", "Kozłowska", "Mazur", "Jankowska", "Kwiatkowska", "Wojciechowska", "Krawczyk",
        "Kaczmarek", "Piotrowska", "Grabowska",
    ]),
};

#[rustfmt::skip]
pub static DANISH: Names = Names {
    women: &["Freja", "Ida", "Mette", "Camilla", "Sofie", "Astrid", "Karen", "Louise", "Signe", "Maja"],
    men: &["Mads", "Rasmus", "Frederik", "Søren", "Mikkel", "Anders", "Jens", "Emil", "Kasper", "Nikolaj"],
    last: &[
        "Jensen", "Nielsen", "Hansen", "Pedersen", "Andersen", "Christensen", "Larsen", "Sørensen", "Rasmussen",
        "Jørgensen", "Madsen", "Kristensen", "Olsen", "Thomsen", "Møller", "Poulsen",
    ],
    last_women: None,
};

#[rustfmt::skip]
pub static SWEDISH: Names = Names {
    women: &["Elsa", "Astrid", "Linnea", "Ebba", "Karin", "Sara", "Malin", "Ingrid", "Hanna", "Åsa"],
    men: &["Erik", "Oskar", "Johan", "Axel", "Gustav", "Nils", "Fredrik", "Anton", "Viktor", "Björn"],
    last: &[
        "Andersson", "Johansson", "Karlsson", "Nilsson", "Eriksson", "Larsson", "Olsson", "Persson", "Svensson",
        "Gustafsson", "Lindberg", "Bergström", "Sandberg", "Forsberg", "Nyström", "Åkesson",
    ],
    last_women: None,
};

#[rustfmt::skip]
pub static FINNISH: Names = Names {
    women: &["Aino", "Helmi", "Sanna", "Laura", "Emilia", "Päivi", "Kaisa", "Noora"],
    men: &["Mikko", "Juhani", "Antti", "Ville", "Eero", "Onni", "Janne", "Petri"],
    last: &[
        "Korhonen", "Virtanen", "Mäkinen", "Nieminen", "Mäkelä", "Hämäläinen", "Laine", "Heikkinen", "Koskinen",
        "Järvinen", "Salonen", "Lehtonen",
    ],
    last_women: None,
};

#[rustfmt::skip]
pub static CZECH: Names = Names {
    women: &["Jana", "Tereza", "Eliška", "Lucie", "Kateřina", "Adéla", "Barbora", "Veronika"],
    men: &["Jakub", "Tomáš", "Martin", "Petr", "Ondřej", "Vojtěch", "Jiří", "Marek"],
    last: &[
        "Novák", "Svoboda", "Novotný", "Dvořák", "Černý", "Procházka", "Kučera", "Veselý", "Horák", "Němec",
        "Pokorný", "Marek",
    ],
    last_women: Some(&[
        "Nováková", "Svobodová", "Novotná", "Dvořáková", "Černá", "Procházková", "Kučerová", "Veselá", "Horáková",
        "Němcová", "Pokorná", "Marková",
    ]),
};

/// The name in lower-case ASCII, as people write it in their e-mail address.
pub fn push_ascii(out: &mut String, name: &str) {
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' => out.push(letter),
            'ä' | 'æ' => out.push_str("ae"),
            'ö' | 'ø' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'å' => out.push_str("aa"),
            'ß' => out.push_str("ss"),
            'á' | 'à' | 'â' | 'ą' => out.push('a'),
            'ç' | 'č' | 'ć' => out.push('c'),
            'é' | 'è' | 'ê' | 'ë' | 'ę' | 'ě' => out.push('e'),
            'í' | 'ï' | 'î' | 'ı' => out.push('i'),
            'ł' => out.push('l'),
            'ñ' | 'ń' | 'ň' => out.push('n'),
            'ó' | 'ò' | 'ô' => out.push('o'),
            'ř' => out.push('r'),
            'š' | 'ś' => out.push('s'),
            'ú' | 'ù' | 'ů' => out.push('u'),
            'ý' => out.push('y'),
            'ž' | 'ź' | 'ż' => out.push('z'),
            _ => {}
        }
    }
}
