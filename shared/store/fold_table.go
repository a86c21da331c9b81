package store

// plain gives the base letters of an accented lower-case Latin or Greek letter, or "" for every other character.
//
// The limit: Latin-1, Latin Extended-A, -B and Additional, and Greek, as their Unicode decompositions have them, and
// the ligatures that people type without. Other scripts keep their marks (except combining ones, which Fold drops).
func plain(r rune) string {
	switch r {
	case 'à', 'á', 'â', 'ã', 'ä', 'å', 'ā', 'ă', 'ą', 'ǎ', 'ǟ', 'ǡ', 'ǻ', 'ȁ', 'ȃ', 'ȧ', 'ḁ', 'ạ', 'ả', 'ấ', 'ầ',
		'ẩ', 'ẫ', 'ậ', 'ắ', 'ằ', 'ẳ', 'ẵ', 'ặ':
		return "a"
	case 'æ', 'ǣ', 'ǽ':
		return "ae"
	case 'ḃ', 'ḅ', 'ḇ':
		return "b"
	case 'ç', 'ć', 'ĉ', 'ċ', 'č', 'ḉ':
		return "c"
	case 'ð', 'ď', 'đ', 'ḋ', 'ḍ', 'ḏ', 'ḑ', 'ḓ':
		return "d"
	case 'è', 'é', 'ê', 'ë', 'ē', 'ĕ', 'ė', 'ę', 'ě', 'ȅ', 'ȇ', 'ȩ', 'ḕ', 'ḗ', 'ḙ', 'ḛ', 'ḝ', 'ẹ', 'ẻ', 'ẽ', 'ế',
		'ề', 'ể', 'ễ', 'ệ':
		return "e"
	case 'ƒ', 'ḟ':
		return "f"
	case 'ĝ', 'ğ', 'ġ', 'ģ', 'ǧ', 'ǵ', 'ḡ':
		return "g"
	case 'ĥ', 'ħ', 'ȟ', 'ḣ', 'ḥ', 'ḧ', 'ḩ', 'ḫ', 'ẖ':
		return "h"
	case 'ì', 'í', 'î', 'ï', 'ĩ', 'ī', 'ĭ', 'į', 'ı', 'ǐ', 'ȉ', 'ȋ', 'ḭ', 'ḯ', 'ỉ', 'ị':
		return "i"
	case 'ĳ':
		return "ij"
	case 'ĵ', 'ǰ':
		return "j"
	case 'ķ', 'ĸ', 'ǩ', 'ḱ', 'ḳ', 'ḵ':
		return "k"
	case 'ĺ', 'ļ', 'ľ', 'ŀ', 'ł', 'ḷ', 'ḹ', 'ḻ', 'ḽ':
		return "l"
	case 'ḿ', 'ṁ', 'ṃ':
		return "m"
	case 'ñ', 'ń', 'ņ', 'ň', 'ŉ', 'ŋ', 'ǹ', 'ṅ', 'ṇ', 'ṉ', 'ṋ':
		return "n"
	case 'ò', 'ó', 'ô', 'õ', 'ö', 'ø', 'ō', 'ŏ', 'ő', 'ơ', 'ǒ', 'ǫ', 'ǭ', 'ǿ', 'ȍ', 'ȏ', 'ȫ', 'ȭ', 'ȯ', 'ȱ', 'ṍ',
		'ṏ', 'ṑ', 'ṓ', 'ọ', 'ỏ', 'ố', 'ồ', 'ổ', 'ỗ', 'ộ', 'ớ', 'ờ', 'ở', 'ỡ', 'ợ':
		return "o"
	case 'œ':
		return "oe"
	case 'ṕ', 'ṗ':
		return "p"
	case 'ŕ', 'ŗ', 'ř', 'ȑ', 'ȓ', 'ṙ', 'ṛ', 'ṝ', 'ṟ':
		return "r"
	case 'ś', 'ŝ', 'ş', 'š', 'ș', 'ṡ', 'ṣ', 'ṥ', 'ṧ', 'ṩ':
		return "s"
	case 'ß':
		return "ss"
	case 'ţ', 'ť', 'ŧ', 'ț', 'ṫ', 'ṭ', 'ṯ', 'ṱ', 'ẗ':
		return "t"
	case 'þ':
		return "th"
	case 'ù', 'ú', 'û', 'ü', 'ũ', 'ū', 'ŭ', 'ů', 'ű', 'ų', 'ư', 'ǔ', 'ǖ', 'ǘ', 'ǚ', 'ǜ', 'ȕ', 'ȗ', 'ṳ', 'ṵ', 'ṷ',
		'ṹ', 'ṻ', 'ụ', 'ủ', 'ứ', 'ừ', 'ử', 'ữ', 'ự':
		return "u"
	case 'ṽ', 'ṿ':
		return "v"
	case 'ŵ', 'ẁ', 'ẃ', 'ẅ', 'ẇ', 'ẉ', 'ẘ':
		return "w"
	case 'ẋ', 'ẍ':
		return "x"
	case 'ý', 'ÿ', 'ŷ', 'ȳ', 'ẏ', 'ẙ', 'ỳ', 'ỵ', 'ỷ', 'ỹ':
		return "y"
	case 'ź', 'ż', 'ž', 'ẑ', 'ẓ', 'ẕ':
		return "z"
	case 'ẛ':
		return "ſ"
	case 'ǯ':
		return "ʒ"
	case 'ʹ':
		return "ʹ"
	case 'ά', 'ἀ', 'ἁ', 'ἂ', 'ἃ', 'ἄ', 'ἅ', 'ἆ', 'ἇ', 'ὰ', 'ά', 'ᾀ', 'ᾁ', 'ᾂ', 'ᾃ', 'ᾄ', 'ᾅ', 'ᾆ', 'ᾇ', 'ᾰ', 'ᾱ',
		'ᾲ', 'ᾳ', 'ᾴ', 'ᾶ', 'ᾷ':
		return "α"
	case 'έ', 'ἐ', 'ἑ', 'ἒ', 'ἓ', 'ἔ', 'ἕ', 'ὲ', 'έ':
		return "ε"
	case 'ή', 'ἠ', 'ἡ', 'ἢ', 'ἣ', 'ἤ', 'ἥ', 'ἦ', 'ἧ', 'ὴ', 'ή', 'ᾐ', 'ᾑ', 'ᾒ', 'ᾓ', 'ᾔ', 'ᾕ', 'ᾖ', 'ᾗ', 'ῂ', 'ῃ',
		'ῄ', 'ῆ', 'ῇ':
		return "η"
	case 'ΐ', 'ί', 'ϊ', 'ἰ', 'ἱ', 'ἲ', 'ἳ', 'ἴ', 'ἵ', 'ἶ', 'ἷ', 'ὶ', 'ί', 'ι', 'ῐ', 'ῑ', 'ῒ', 'ΐ', 'ῖ', 'ῗ':
		return "ι"
	case 'ό', 'ὀ', 'ὁ', 'ὂ', 'ὃ', 'ὄ', 'ὅ', 'ὸ', 'ό':
		return "ο"
	case 'ῤ', 'ῥ':
		return "ρ"
	case 'ς':
		return "σ"
	case 'ΰ', 'ϋ', 'ύ', 'ὐ', 'ὑ', 'ὒ', 'ὓ', 'ὔ', 'ὕ', 'ὖ', 'ὗ', 'ὺ', 'ύ', 'ῠ', 'ῡ', 'ῢ', 'ΰ', 'ῦ', 'ῧ':
		return "υ"
	case 'ώ', 'ὠ', 'ὡ', 'ὢ', 'ὣ', 'ὤ', 'ὥ', 'ὦ', 'ὧ', 'ὼ', 'ώ', 'ᾠ', 'ᾡ', 'ᾢ', 'ᾣ', 'ᾤ', 'ᾥ', 'ᾦ', 'ᾧ', 'ῲ', 'ῳ',
		'ῴ', 'ῶ', 'ῷ':
		return "ω"
	case 'ϓ', 'ϔ':
		return "ϒ"
	case 'ё':
		return "е"
	}
	return ""
}
