package filter

import (
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"io"
	"strings"
)

// Tools that code and decode.

type encoding interface {
	EncodeToString([]byte) string
	DecodeString(string) ([]byte, error)
}

func base64Tool(c *Call) (string, bool) { return coded(c, base64.StdEncoding, bytes64) }
func base32Tool(c *Call) (string, bool) { return coded(c, base32.StdEncoding, bytes32) }

// bytes64 and bytes32 are what GNU base64 -i and base32 -i keep.
const (
	bytes64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	bytes32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
)

// coded computes base64 and base32.
func coded(c *Call, enc encoding, alphabet string) (string, bool) {
	opts, files, ok := c.parse("dDiw:", "decode=d", "ignore-garbage=i", "wrap=w:")
	in, known := c.text(files)
	if !ok || !known || len(files) > 1 {
		return "", false
	}
	decode, ignore, width := false, false, 76
	for _, o := range opts {
		switch o.letter {
		case 'd', 'D':
			decode = true
		case 'i':
			ignore = true // BSD's -i names a file: then there is an operand too many
		case 'w':
			if width, ok = number(o.value); !ok {
				return "", false
			}
		}
	}
	if ignore {
		if !decode {
			return "", false
		}
		in = strings.Map(func(r rune) rune {
			if r == '=' || r < 0x80 && strings.ContainsRune(alphabet, r) {
				return r
			}
			return -1
		}, in)
	}
	if decode {
		b, err := enc.DecodeString(strings.ReplaceAll(in, "\n", ""))
		return string(b), err == nil
	}
	return wrap(enc.EncodeToString([]byte(in)), width), true
}

// wrap divides a text into lines; 0 is for none at all.
func wrap(s string, width int) string {
	if width == 0 {
		return s
	}
	var b strings.Builder
	for len(s) > width {
		b.WriteString(s[:width] + "\n")
		s = s[width:]
	}
	if s != "" {
		b.WriteString(s + "\n")
	}
	return b.String()
}

// xxd computes plain hex dumps and what they were made of.
func xxd(c *Call) (string, bool) {
	reverse, plain, cols := false, false, 30
	var files []string
	for i := 0; i < len(c.Args); i++ {
		switch a := c.Args[i]; a {
		case "-r":
			reverse = true
		case "-p", "-ps", "-postscript", "-plain":
			plain = true
		case "-rp", "-pr":
			reverse, plain = true, true
		case "-c", "-cols":
			var ok bool
			if i++; i == len(c.Args) {
				return "", false
			}
			if cols, ok = number(c.Args[i]); !ok || cols == 0 {
				return "", false
			}
		case "-c0", "-c256":
			return "", false
		default:
			if strings.HasPrefix(a, "-") && a != "-" {
				return "", false
			}
			files = append(files, a)
		}
	}
	in, ok := c.text(files)
	if !ok || !plain || len(files) > 1 {
		return "", false
	}
	if reverse {
		b, err := hex.DecodeString(strings.NewReplacer(" ", "", "\n", "", "\t", "").Replace(in))
		return string(b), err == nil
	}
	return wrap(hex.EncodeToString([]byte(in)), 2*cols), true
}

func gunzip(c *Call) (string, bool) {
	opts, files, ok := c.parse("cdfkqn", "stdout=c", "to-stdout=c", "decompress=d", "force=f", "keep=k", "quiet=q")
	decode, stdout := c.Name != "gzip", c.Name == "zcat" || len(files) == 0
	for _, o := range opts {
		decode = decode || o.letter == 'd'
		stdout = stdout || o.letter == 'c'
	}
	in, known := c.text(files)
	if !ok || !known || !decode || !stdout {
		return "", false
	}
	r, err := gzip.NewReader(strings.NewReader(in))
	if err != nil {
		return "", false
	}
	return readAll(r)
}

func bunzip2(c *Call) (string, bool) {
	opts, files, ok := c.parse("cdfkq", "stdout=c", "decompress=d", "force=f", "keep=k", "quiet=q")
	decode, stdout := c.Name != "bzip2", c.Name == "bzcat" || len(files) == 0
	for _, o := range opts {
		decode = decode || o.letter == 'd'
		stdout = stdout || o.letter == 'c'
	}
	in, known := c.text(files)
	if !ok || !known || !decode || !stdout {
		return "", false
	}
	return readAll(bzip2.NewReader(strings.NewReader(in)))
}

func readAll(r io.Reader) (string, bool) {
	var b bytes.Buffer
	n, err := io.Copy(&b, io.LimitReader(r, maxOutput+1))
	return b.String(), err == nil && n <= maxOutput
}

// openssl computes the codings of openssl (3.0: enc -base64, base64).
func openssl(c *Call) (string, bool) {
	if len(c.Args) == 0 {
		return "", false
	}
	decode, line, base := false, false, c.Args[0] == "base64"
	if !base && c.Args[0] != "enc" {
		return "", false
	}
	file := "-"
	for i := 1; i < len(c.Args); i++ {
		switch c.Args[i] {
		case "-base64", "-a":
			base = true
		case "-d":
			decode = true
		case "-e":
			decode = false
		case "-A":
			line = true
		case "-in":
			if i++; i == len(c.Args) {
				return "", false
			}
			file = c.Args[i]
		default:
			return "", false
		}
	}
	in, ok := c.text([]string{file})
	if !base || !ok {
		return "", false
	}
	if decode {
		// Without -A it takes whole lines of at most 76 characters, with -A a
		// single one.
		if line == strings.Contains(strings.TrimSuffix(in, "\n"), "\n") && line || !line && !strings.HasSuffix(in, "\n") {
			return "", false
		}
		for _, l := range strings.Split(in, "\n") {
			if !line && (len(l) > 76 || strings.ContainsAny(l, " \t")) {
				return "", false
			}
		}
		b, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(in, "\n", ""))
		return string(b), err == nil
	}
	width := 64
	if line {
		width = 0
	}
	return wrap(base64.StdEncoding.EncodeToString([]byte(in)), width), true
}

// printableStrings computes strings for text, all of which is printable.
func printableStrings(c *Call) (string, bool) {
	opts, files, ok := c.parse("an:", "all=a", "bytes=n:")
	in, known := c.text(files)
	if !ok || !known || len(files) > 1 || !printable(in) {
		return "", false
	}
	least := 4
	for _, o := range opts {
		if o.letter == 'n' {
			if least, ok = number(o.value); !ok || least == 0 {
				return "", false
			}
		}
	}
	return eachLine(in, func(l string) (string, bool) { return l, len(l) >= least }), true
}

// dd computes dd that copies standard input or a file to standard output.
func dd(c *Call) (string, bool) {
	in, size, count, skip := "-", 512, -1, 0
	for _, a := range c.Args {
		key, val, _ := strings.Cut(a, "=")
		n, isNumber := number(val)
		switch key {
		case "if":
			in = val
		case "bs":
			size = n
		case "count":
			count = n
		case "skip":
			skip = n
		case "status":
			isNumber = true
		default:
			return "", false
		}
		if !isNumber && key != "if" || size == 0 {
			return "", false
		}
	}
	if in == "/dev/stdin" {
		in = "-"
	}
	text, ok := c.text([]string{in})
	if !ok || size*skip > len(text) {
		return "", false
	}
	text = text[size*skip:]
	if count >= 0 {
		text = text[:min(len(text), size*count)]
	}
	return text, true
}
