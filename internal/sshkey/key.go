// Package sshkey reads SSH public keys as they stand in authorized_keys, and
// makes and verifies signatures with them. Signing and verifying is
// ssh-keygen's work (OpenSSH 8.1 or later, `ssh-keygen -Y`): it knows agents,
// passphrases and security keys.
package sshkey

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// A Key is an SSH public key.
type Key struct {
	Type    string // "ssh-ed25519", …
	Blob    string // the key itself, in base64
	Comment string
}

// types are the kinds of keys that can sign: ssh-keygen(1), sshd(8) "AUTHORIZED_KEYS
// FILE FORMAT". DSA is none of them: OpenSSH has it no longer.
var types = [...]string{
	"ssh-ed25519", "sk-ssh-ed25519@openssh.com", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
	"sk-ecdsa-sha2-nistp256@openssh.com",
}

// maxKey bounds a key with its comment, in bytes. A 16384-bit RSA key has less
// than 3 KiB.
const maxKey = 8 << 10

// Looks reports whether a text is meant to be a key: it has two words or more,
// or begins as keys do.
func Looks(text string) bool {
	return strings.ContainsAny(strings.TrimSpace(text), " \t") || strings.HasPrefix(text, "ssh-") || strings.HasPrefix(text, "ecdsa-sha2-") ||
		strings.HasPrefix(text, "sk-ssh-") || strings.HasPrefix(text, "sk-ecdsa-")
}

// Parse reads one line of authorized_keys without options: type, key in base64,
// and maybe a comment.
func Parse(line string) (Key, error) {
	if len(line) > maxKey {
		return Key{}, fmt.Errorf("an SSH public key has no %d bytes", len(line))
	}
	if strings.ContainsAny(line, "\r\n\x00") {
		return Key{}, errors.New("an SSH public key stands on one line")
	}
	words := strings.Fields(line)
	if len(words) < 2 {
		return Key{}, errors.New("an SSH public key is its type and its base64 text: ssh-ed25519 AAAA…")
	}
	k := Key{Type: words[0], Blob: words[1], Comment: strings.Join(words[2:], " ")}
	known := false
	for _, t := range types {
		known = known || t == k.Type
	}
	if !known {
		return Key{}, fmt.Errorf("unknown type of SSH key %.40q; it is one of %s", k.Type, strings.Join(types[:], ", "))
	}
	blob, err := base64.StdEncoding.Strict().DecodeString(k.Blob)
	if err != nil {
		return Key{}, fmt.Errorf("the SSH key is damaged: %w", err)
	}
	// RFC 4253, section 6.6: the blob begins with the type, as a string.
	if len(blob) < 4 || uint64(binary.BigEndian.Uint32(blob)) > uint64(len(blob)-4) ||
		string(blob[4:4+binary.BigEndian.Uint32(blob)]) != k.Type || len(blob) < 4+len(k.Type)+32 {
		return Key{}, fmt.Errorf("the SSH key is damaged: what is in it is no %s key", k.Type)
	}
	return k, nil
}

// String returns the key without its comment.
func (k Key) String() string { return k.Type + " " + k.Blob }

// Fingerprint returns what ssh-keygen -l prints of the key: SHA256:….
func (k Key) Fingerprint() string {
	sum := k.sum()
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// ID names the key in file names: 16 hexadecimal digits.
func (k Key) ID() string {
	sum := k.sum()
	return hex.EncodeToString(sum[:8])
}

func (k Key) sum() [sha256.Size]byte {
	blob, _ := base64.StdEncoding.DecodeString(k.Blob) // Parse has read it
	return sha256.Sum256(blob)
}

// Same reports whether two are one key, whatever their comments.
func (k Key) Same(other Key) bool {
	return k.Type == other.Type && bytes.Equal([]byte(k.Blob), []byte(other.Blob))
}
