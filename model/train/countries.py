"""Names of countries and nationalities, about which a network trained on reviews picks up opinions that it should not have.

Each name becomes a word piece of its own (otherwise "palestine" is split into "pale" and two other pieces). All countries share one
embedding, their mean, and so do all nationalities, so the network cannot prefer one of them. Bolukbasi et al. 2016, "Man is to
Computer Programmer as Woman is to Homemaker?", section 6, do this with pairs of words. "Polish" is left out because it is also an
ordinary word.
"""

NAMES = """afghanistan albania algeria america angola argentina armenia australia austria azerbaijan bahrain bangladesh belarus belgium
bolivia bosnia brazil britain bulgaria burma cambodia cameroon canada chile china colombia congo croatia cuba cyprus denmark ecuador
egypt england estonia ethiopia fiji finland france georgia germany ghana greece greenland guatemala haiti honduras hungary iceland
india indonesia iran iraq ireland israel italy jamaica japan jordan kazakhstan kenya korea kosovo kuwait laos latvia lebanon liberia
libya lithuania luxembourg macedonia malaysia mali malta mexico moldova mongolia montenegro morocco mozambique myanmar namibia nepal
netherlands nicaragua niger nigeria norway oman pakistan palestine panama paraguay peru philippines poland portugal qatar romania
russia rwanda scotland senegal serbia singapore slovakia slovenia somalia spain sudan sweden switzerland syria taiwan tanzania
thailand tibet tunisia turkey uganda ukraine uruguay uzbekistan venezuela vietnam wales yemen zambia zimbabwe""".split()

PEOPLE = """afghan albanian algerian american angolan argentine armenian australian austrian belgian bolivian bosnian brazilian british
bulgarian burmese cambodian canadian chilean chinese colombian croatian cuban czech danish dutch egyptian english estonian ethiopian
finnish french georgian german ghanaian greek guatemalan haitian hungarian icelandic indian indonesian iranian iraqi irish israeli
italian jamaican japanese jordanian kenyan korean kuwaiti latvian lebanese liberian libyan lithuanian macedonian malaysian mexican
mongolian moroccan nepalese nigerian norwegian pakistani palestinian panamanian persian peruvian filipino portuguese romanian
russian scottish serbian slovak somali spanish sudanese swedish swiss syrian taiwanese thai tibetan tunisian turkish ugandan ukrainian
venezuelan vietnamese welsh""".split()
