package world

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestOverlayAsList holds that an overlay shows what a search through the list
// of its writes does.
func TestOverlayAsList(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	name := func() string {
		p := ""
		for range 1 + r.IntN(4) {
			p += "/" + string("abd"[r.IntN(3)])
		}
		return p
	}
	type view struct {
		*Overlay
		list []Write
	}
	base := Mem{"/a/b": {Content: "1"}, "/b/a/d": {Content: "2"}, "/d/d/d/d": {Content: "3"}}
	past := []view{{Overlay: NewOverlay(base)}}
	for range 4000 {
		v := past[r.IntN(len(past))]
		w := Write{Path: name(), Kind: []Kind{Missing, File, Dir}[r.IntN(3)]}
		if w.Kind == File {
			w.Content = string("xy"[r.IntN(2)])
		}
		past = append(past, view{v.With(w), append(v.list[:len(v.list):len(v.list)], w)})
	}
	for _, v := range past {
		for range 5 {
			name := name()
			got, want := v.find(name), findInList(base, v.list, name)
			if (got == nil) != (want == nil) || got != nil && (got.Kind != want.Kind || got.Content != want.Content) {
				t.Fatalf("after %+v find(%s) = %+v, want %+v", v.list, name, got, want)
			}
			if elem := name[strings.LastIndexByte(name, '/')+1:]; got != nil && !v.Touches(elem) {
				t.Fatalf("after %+v nothing touches %s", v.list, elem)
			}
		}
		u := past[r.IntN(len(past))]
		if v.Equal(u.Overlay) {
			for range 5 {
				name := name()
				a, b := v.find(name), u.find(name)
				if !sameWrite(a, b) && (a == nil || b == nil || a.Kind != b.Kind || a.Content != b.Content) {
					t.Fatalf("%+v and %+v are no equals in %s", v.list, u.list, name)
				}
			}
		}
	}
}

func findInList(base FS, list []Write, name string) *Write {
	for i := len(list) - 1; i >= 0; i-- {
		w := &list[i]
		if w.Path == name || w.Kind == Missing && strings.HasPrefix(name, w.Path+"/") {
			return w
		}
		if w.Kind != Missing && strings.HasPrefix(w.Path, name+"/") {
			info, err := base.Lstat(name)
			gone := findInList(base, list[:i], name)
			if err != nil || info.Kind == Dir || gone != nil && gone.Kind == Missing {
				return &Write{Path: name, Kind: Dir}
			}
		}
	}
	return nil
}
