//go:build unix

package clients

import "net/http"

func (m *model) responses(w http.ResponseWriter, body []byte)             {}
func (m *model) completions(w http.ResponseWriter, body []byte)           {}
func (m *model) google(w http.ResponseWriter, body []byte, streamed bool) {}
