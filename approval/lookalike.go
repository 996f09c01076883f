package approval

import "strings"

// lookalike returns the ASCII character that a rune is taken for; 0 if it is
// taken for none. The tables hold what common fonts draw alike, out of Unicode's
// confusables.txt (UTS #39, 16.0): the alphabets near Latin, and the forms of
// Latin itself that Unicode keeps for mathematics and for wide type.
func lookalike(r rune) rune {
	switch {
	case r < 0x80:
		return 0
	case 0xff01 <= r && r <= 0xff5e: // fullwidth
		return r - 0xff01 + '!'
	case 0x1d400 <= r && r <= 0x1d6a3: // mathematical letters, in alphabets of 52
		n := (r - 0x1d400) % 52
		if n < 26 {
			return 'A' + n
		}
		return 'a' + n - 26
	case 0x1d7ce <= r && r <= 0x1d7ff: // mathematical digits
		return '0' + (r-0x1d7ce)%10
	}
	for _, row := range alike {
		if strings.ContainsRune(row.runes, r) {
			return row.ascii
		}
	}
	return 0
}

var alike = [...]struct {
	ascii rune
	runes string
}{
	{'a', "аɑα⍺"}, {'b', "ЬᏏƄ"}, {'c', "сϲᴄ"}, {'d', "ԁᏧ"}, {'e', "еҽ℮"}, {'f', "ẝſ"}, {'g', "ɡցᶃ"}, {'h', "һհᏂ"},
	{'i', "іıιɩӏ"}, {'j', "јϳ"}, {'k', "κк"}, {'l', "ⅼاӀℓ"}, {'m', "ⅿ"}, {'n', "ոռ"}, {'o', "оοօᴏσ०٥೦໐"}, {'p', "рρϱ"},
	{'q', "ԛգ"}, {'r', "гᴦⲅ"}, {'s', "ѕꜱ"}, {'t', "тτ"}, {'u', "υսᴜ"}, {'v', "νѵᴠⅴ"}, {'w', "ѡԝᴡա"}, {'x', "хχⅹ"},
	{'y', "уүγʏ"}, {'z', "ᴢ"},
	{'A', "АΑᎪ"}, {'B', "ВΒᏴ"}, {'C', "СϹᏟⅭ"}, {'D', "ᎠⅮ"}, {'E', "ЕΕᎬ"}, {'F', "Ϝ"}, {'G', "ԌᏀ"}, {'H', "НΗᎻ"}, {'I', "ІΙⅠ"},
	{'J', "ЈᎫ"}, {'K', "КΚKᏦ"}, {'L', "ᏞⅬ"}, {'M', "МΜᎷⅯ"}, {'N', "ΝⲚ"}, {'O', "ОΟՕ"}, {'P', "РΡᏢ"}, {'Q', "Ԛ"}, {'R', "ᎡᏒ"},
	{'S', "ЅՏᏚ"}, {'T', "ТΤᎢ"}, {'U', "Սᑌ"}, {'V', "ѴᏙⅤ"}, {'W', "ԜᎳ"}, {'X', "ХΧⅩ"}, {'Y', "УΥҮ"}, {'Z', "ΖᏃ"},
	{'-', "‐‑‒–—―−﹣⁃"}, {'_', "ˍ﹍﹎﹏"}, {'/', "⁄∕⧸╱"}, {'.', "․"}, {':', "ː։׃∶꞉"}, {';', ";"}, {'|', "ǀ∣❘"},
	{'\'', "‘’‛ʹʼˈ′"}, {'"', "“”‟″"}, {'`', "ˋ‵"}, {'&', "﹠"}, {'$', "﹩"}, {'~', "˜∼⁓"}, {'*', "∗⁎"}, {'!', "ǃ"},
	{'<', "‹˂"}, {'>', "›˃"}, {'=', "꓿᐀"}, {',', "‚"}, {'#', "﹟"}, {'(', "❨﹙"}, {')', "❩﹚"},
}
