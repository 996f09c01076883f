package shell

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// A stream is an open file description: what descriptors stand for, in a shell
// and in its children, which share the position in it. A stream is never
// changed once it is in a state.
type stream struct {
	kind streamKind
	// text is what was written to a pipe and not read yet, or the content
	// of a file.
	text string
	// unknown says that there is no telling what text is.
	unknown bool
	// loose says that a program took some of the text, nobody knows how
	// much.
	loose  bool
	path   string // of a file; "" if it has no name (any more)
	pos    int    // in a file
	append bool
	to     [2]int // what a tee writes to
}

type streamKind uint8

const (
	pipe streamKind = iota
	file
	null   // /dev/null
	socket // what is written there is not what is read
	tee    // zsh: two outputs for one descriptor
)

// Streams are known by their index in the state. A descriptor may stand for
// none of them.
const (
	outside = -1 // the caller's terminal, a device, a file that is not known
	closed  = -2
)

// A descriptor is a number that a stream is open at.
type descriptor struct {
	num, stream int
	// subst says that the number was given to a process substitution, which
	// ends with its command.
	subst bool
}

// streamAt returns the stream that a descriptor stands for.
func (s *state) streamAt(fd int) int {
	for _, d := range s.fds {
		if d.num == fd {
			return d.stream
		}
	}
	if fd > 2 {
		return closed
	}
	return outside
}

// setFd makes a descriptor stand for a stream.
func (s *state) setFd(fd, stream int) {
	if s.streamAt(fd) != stream {
		s.setDescriptor(descriptor{num: fd, stream: stream})
	}
}

func (s *state) setDescriptor(d descriptor) {
	i, found := slices.BinarySearchFunc(s.fds, d, func(a, b descriptor) int { return a.num - b.num })
	c := make([]descriptor, len(s.fds), len(s.fds)+1)
	copy(c, s.fds)
	switch absent := d.stream == outside && d.num <= 2 || d.stream == closed && d.num > 2; {
	case found && absent:
		c = slices.Delete(c, i, i+1)
	case found:
		c[i] = d
	case !absent:
		c = slices.Insert(c, i, d)
	}
	if len(c) == 0 {
		c = nil
	}
	s.fds = c
}

// freeFd returns the first free descriptor for {name}>file.
func (s *state) freeFd() int {
	n := 10
	for _, d := range s.fds {
		if d.num == n {
			n++
		}
	}
	return n
}

// open adds a stream to the state and returns its index.
func (s *state) open(t stream) int {
	s.streams = append(s.streams[:len(s.streams):len(s.streams)], &t)
	return len(s.streams) - 1
}

func (s *state) setStream(id int, t stream) {
	s.streams = slices.Clone(s.streams)
	s.streams[id] = &t
}

// adopt takes over what a child did to files and to the streams that it shares
// with s, and the jobs that it left.
func (s *state) adopt(end *state) {
	s.fs = end.fs
	s.adoptStreams(end.streams)
	for _, k := range end.sinks {
		if k.in == closed {
			s.sinks = joinSinks(s.sinks, []sink{k})
		}
	}
}

func (s *state) adoptStreams(streams []*stream) {
	if n := len(s.streams); n > 0 && len(streams) >= n {
		s.streams = streams[:n:n]
	}
}

// trim drops the streams from the nth on that nothing stands for any more.
func (s *state) trim(n int) {
	for _, d := range s.fds {
		n = max(n, s.reach(d.stream)+1)
	}
	for _, k := range s.sinks {
		n = max(n, k.in+1, k.out+1)
	}
	if n < len(s.streams) {
		s.streams = s.streams[:n:n]
	}
}

// reach returns the last stream that writing to a stream leads to.
func (s *state) reach(id int) int {
	if id < 0 || s.streams[id].kind != tee {
		return id
	}
	return max(id, s.reach(s.streams[id].to[0]), s.reach(s.streams[id].to[1]))
}

// refersTo reports whether a descriptor leads to the stream.
func (s *state) refersTo(id int) bool {
	for _, d := range s.fds {
		if s.leadsTo(d.stream, id) {
			return true
		}
	}
	return false
}

func (s *state) leadsTo(from, id int) bool {
	if from == id {
		return true
	}
	return from >= 0 && s.streams[from].kind == tee && (s.leadsTo(s.streams[from].to[0], id) || s.leadsTo(s.streams[from].to[1], id))
}

// captured reports whether anyone will see what is written to a descriptor.
func (s *state) captured(fd int) bool {
	id := s.streamAt(fd)
	return id >= 0 && s.streams[id].kind != null && s.streams[id].kind != socket
}

// capture makes standard output a new pipe and returns its index.
func (s *state) capture() int {
	id := s.open(stream{})
	s.setFd(1, id)
	return id
}

// mute makes nobody see what is written to standard output.
func (s *state) mute() { s.setFd(1, s.open(stream{kind: null})) }

// write appends to what standard output goes to.
func (s *state) write(text string) { s.writeTo(1, text) }

// writeTo writes to what a descriptor stands for.
func (s *state) writeTo(fd int, text string) {
	if text != "" && (len(s.fds) > 0 || len(s.e.origins) > 0) {
		s.writeStream(s.streamAt(fd), text)
	}
}

// writeUnknown is what a program prints: something on standard output, and
// perhaps on standard error.
func (s *state) writeUnknown() {
	if len(s.fds) == 0 {
		return
	}
	s.write(action.HoleText)
	s.complain()
}

// complain is what a program may print on standard error.
func (s *state) complain() {
	if id := s.streamAt(2); id != s.streamAt(1) {
		s.writeStream(id, action.HoleText)
	}
}

func (s *state) writeStream(id int, text string) {
	if id < 0 {
		if id == outside {
			s.e.shows(s, text)
		}
		return
	}
	t := *s.streams[id]
	switch t.kind {
	case null:
	case socket:
		s.e.sendsText(s, text, t.path)
	case tee:
		s.writeStream(t.to[0], text)
		s.writeStream(t.to[1], text)
	case pipe:
		t.text = appendText(t.text, text)
		s.setStream(id, t)
	case file:
		switch {
		case t.append:
			t.pos = len(t.text)
		case t.pos > len(t.text): // someone else made it shorter
			t.text += action.HoleText
			t.pos = len(t.text)
		}
		after := ""
		if end := t.pos + len(text); end < len(t.text) {
			after = t.text[end:]
		}
		t.text = appendText(t.text[:t.pos], text)
		t.pos = len(t.text)
		t.text += after
		s.setStream(id, t)
		s.flush(t)
	}
}

// appendText appends to output, up to maxValue bytes; the rest is a hole.
func appendText(old, text string) string {
	if len(old)+len(text) <= maxValue {
		return old + text
	}
	if strings.HasSuffix(old, string(action.Clipped)) {
		return old
	}
	return old + string(action.Clipped)
}

// flush puts the content of a stream into its file.
func (s *state) flush(t stream) {
	if t.path == "" {
		return
	}
	w := world.Write{Path: t.path, Kind: world.File, Content: t.text}
	if info, err := s.fs.Lstat(t.path); err == nil {
		w.Exec = info.Exec
	}
	s.cover(w) // what is in it is told of when the command is done with it
}

// lay lays a write over the files, and tells of it.
func (s *state) lay(w world.Write) {
	s.e.changes(s.e.current, s, w)
	s.cover(w)
}

// cover lays a write over the files, which streams may have open.
func (s *state) cover(w world.Write) {
	s.e.writesFile(s, w)
	s.fs = s.fs.With(w)
	for id, t := range s.streams {
		if t.path == "" || t.path != w.Path && !(w.Kind == world.Missing && strings.HasPrefix(t.path, w.Path+"/")) {
			continue
		}
		c := *t
		if w.Kind == world.File {
			c.text, c.unknown = w.Content, w.Unknown
		} else {
			c.path = "" // an open file outlives its name
		}
		if c != *t {
			s.setStream(id, c)
		}
	}
}

// unread returns what is left to read from a descriptor, if that is known.
func (s *state) unread(fd int) (string, bool) {
	id := s.streamAt(fd)
	if id < 0 {
		return "", false
	}
	return s.streams[id].unread()
}

func (t *stream) unread() (string, bool) {
	if t.unknown {
		return "", false
	}
	return t.text[min(t.pos, len(t.text)):], true
}

// stdin returns what standard input still holds, nil if that is not known.
func (s *state) stdin() *string {
	if len(s.fds) == 0 {
		return nil
	}
	if text, ok := s.unread(0); ok {
		return &text
	}
	return nil
}

// leave says what is left to read from a descriptor: the end of what was.
func (s *state) leave(fd int, rest string) {
	id := s.streamAt(fd)
	if id < 0 {
		return
	}
	t := *s.streams[id]
	if t.unknown || t.kind == null {
		return
	}
	if t.kind == file {
		t.pos = len(t.text) - len(rest)
	} else {
		t.text = rest
	}
	if t != *s.streams[id] {
		s.setStream(id, t)
	}
}

// exhaust says that a program read a descriptor to its end.
func (s *state) exhaust(fd int) {
	if len(s.fds) > 0 {
		s.leave(fd, "")
	}
}

// loosen says that a program read some of what a descriptor holds.
func (s *state) loosen(fd int) {
	if id := s.streamAt(fd); id >= 0 && s.streams[id].kind != null && !s.streams[id].loose {
		t := *s.streams[id]
		t.loose = true
		s.setStream(id, t)
	}
}

// backlog returns how much is left to read in all streams, in bytes.
func (s *state) backlog() int {
	n := 0
	for _, t := range s.streams {
		n += len(t.text) - t.pos
	}
	return n
}

// fdPath returns the descriptor that a path of /dev/fd stands for.
func fdPath(name string) (fd int, ok bool) {
	switch name {
	case "/dev/stdin":
		return 0, true
	case "/dev/stdout":
		return 1, true
	case "/dev/stderr":
		return 2, true
	}
	for _, dir := range [...]string{"/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/"} {
		if num, ok := strings.CutPrefix(name, dir); ok {
			fd, err := strconv.Atoi(num)
			return fd, err == nil && fd >= 0
		}
	}
	return 0, false
}

// fdOf returns the descriptor that a file stands for, by itself or as a link
// that the text made.
func (s *state) fdOf(abs string) (fd int, ok bool) {
	if fd, ok = fdPath(abs); ok || !s.fs.ByHand(abs) {
		return fd, ok
	}
	target, err := s.fs.Readlink(abs)
	if err != nil {
		return 0, false
	}
	return fdPath(target)
}

// An openMode says what a file is opened for.
type openMode uint8

const (
	openRead openMode = iota
	openWrite
	openAppend
	openBoth // <>
)

// openFile opens a file and returns its stream.
func (e *evaluator) openFile(s *state, name string, mode openMode) int {
	switch {
	case name == "" && mode != openRead:
		return s.open(stream{kind: null}) // an error: nothing is written
	case name == "" || name == "/dev/tty":
		return outside
	}
	abs := s.abs(name)
	if abs == "/dev/null" {
		return s.open(stream{kind: null})
	}
	if fd, ok := s.fdOf(abs); ok {
		switch id := s.streamAt(fd); {
		case id < 0 && fd > 2:
		case id < 0 || s.streams[id].kind != file:
			return id // there is but one pipe
		case s.streams[id].path == "":
			t := *s.streams[id] // a file that has no name any more
			if t.pos = 0; mode == openWrite {
				t.text = ""
			}
			return s.open(t)
		default:
			abs = s.streams[id].path
		}
	}
	if addr, ok := connection(abs); ok {
		text, _ := e.readText(s, abs)
		return s.open(stream{kind: socket, text: text, path: addr})
	}
	if mode == openRead {
		text, ok := e.readText(s, abs)
		return s.open(stream{kind: file, path: s.real(abs), text: text, unknown: !ok})
	}
	switch {
	case action.Holed(abs) && mode != openBoth:
		abs = s.somewhere(abs)
	case action.Holed(abs) || isDevice(abs):
		return outside
	}
	t := stream{kind: file, path: s.real(abs), append: mode == openAppend}
	if mode != openWrite {
		old, err := s.fs.ReadFile(t.path, maxFileSize)
		switch {
		case err == nil:
			t.text = string(old)
		case errors.Is(err, world.ErrUnknown) || errors.Is(err, world.ErrTooLarge):
			t.text, _ = s.fs.UnknownContent(t.path)
			if t.text == "" {
				t.text = action.HoleText
			}
			t.text += "\n"
		}
	}
	s.flush(t)
	return s.open(t)
}

// real returns a path with its links followed, where they lead to something.
func (s *state) real(abs string) string {
	if action.Holed(abs) {
		return abs
	}
	if real, err := world.Resolve(s.fs, abs, true); err == nil {
		return real
	}
	return abs
}

// store writes a text to a file that a program was told to write.
func (e *evaluator) store(s *state, name, text string, mode openMode) {
	n := len(s.streams)
	s.writeStream(e.openFile(s, name, mode), text)
	s.trim(n)
	if e.opt.Watch != nil && name != "" {
		e.changed(e.current, s, s.real(s.abs(name)))
	}
}

// sameStreams reports whether two states read and write the same.
func sameStreams(a, b *state) bool {
	return slices.Equal(a.fds, b.fds) && slices.EqualFunc(a.streams, b.streams, func(t, u *stream) bool { return t == u || *t == *u })
}

// joinStreams makes what differs between the streams of a and b unknown in m,
// which was made from a.
func joinStreams(m, a, b *state) {
	m.streams = slices.Clone(a.streams)
	for id, u := range b.streams {
		switch {
		case id >= len(m.streams):
			m.streams = append(m.streams, u)
		case *m.streams[id] != *u:
			c := *m.streams[id]
			c.text, c.pos = action.HoleText, 0
			c.unknown = c.unknown || u.unknown
			m.streams[id] = &c
		}
	}
	for _, d := range b.fds {
		if m.streamAt(d.num) < 0 {
			m.setDescriptor(d)
		}
	}
}
