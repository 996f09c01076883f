//go:build unix

package clients

import (
	"encoding/json"
	"net/http"
)

// google answers as Google's generateContent does.
func (m *model) google(w http.ResponseWriter, body []byte, streamed bool) {
	var req struct {
		Tools []struct {
			FunctionDeclarations []struct{ Name string }
		}
		Contents []struct {
			Role  string
			Parts []struct {
				Text             string
				FunctionResponse *struct {
					Response struct{ Output, Error string }
				}
			}
		}
	}
	json.Unmarshal(body, &req)
	tools := 0
	for _, t := range req.Tools {
		for _, f := range t.FunctionDeclarations {
			m.offered(f.Name)
			tools++
		}
	}
	var results []result
	conversation := ""
	for _, c := range req.Contents {
		for _, p := range c.Parts {
			if r := p.FunctionResponse; r != nil {
				results = append(results, result{r.Response.Output + r.Response.Error, r.Response.Error != ""})
			} else if c.Role == "user" {
				conversation += p.Text
			}
		}
	}
	part := object{"text": "done"}
	if tools > 0 {
		if next, ok := m.next(conversation, results); ok {
			part = object{"functionCall": object{"name": next.tool, "args": next.input}}
		}
	}
	answer := object{
		"candidates":    []any{object{"index": 0, "content": object{"role": "model", "parts": []any{part}}, "finishReason": "STOP"}},
		"usageMetadata": object{"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2},
	}
	if streamed {
		newStream(w).send("", answer)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(answer)
}
