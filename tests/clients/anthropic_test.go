//go:build unix

package clients

import (
	"encoding/json"
	"net/http"
	"strings"
)

// anthropic answers as Anthropic's Messages API does.
func (m *model) anthropic(w http.ResponseWriter, body []byte) {
	var req struct {
		Model    string
		Stream   bool
		Tools    []struct{ Name string }
		Messages []struct {
			Role    string
			Content json.RawMessage
		}
	}
	json.Unmarshal(body, &req)
	for _, t := range req.Tools {
		m.offered(t.Name)
	}
	var results []result
	conversation := ""
	for _, msg := range req.Messages {
		var blocks []struct {
			Type    string
			Text    string
			Content json.RawMessage
			IsError bool `json:"is_error"`
		}
		if json.Unmarshal(msg.Content, &blocks) != nil {
			if conversation == "" {
				conversation = string(msg.Content)
			}
			continue
		}
		for _, b := range blocks {
			switch {
			case b.Type == "tool_result":
				results = append(results, result{plainText(b.Content), b.IsError})
			case msg.Role == "user" && len(results) == 0:
				conversation += b.Text
			}
		}
	}
	next, ok := step{}, false
	if len(req.Tools) > 0 { // else it is a side question, such as for a title
		next, ok = m.next(conversation, results)
	}
	block, delta, stop := object{"type": "text", "text": ""}, object{"type": "text_delta", "text": "done"}, "end_turn"
	if ok {
		input, _ := json.Marshal(next.input)
		block = object{"type": "tool_use", "id": "toolu_" + strings.Repeat("x", len(results)+1), "name": next.tool, "input": object{}}
		delta, stop = object{"type": "input_json_delta", "partial_json": string(input)}, "tool_use"
	}
	usage := object{"input_tokens": 1, "output_tokens": 1}
	message := object{"id": "msg_" + strings.Repeat("x", len(results)+1), "type": "message", "role": "assistant", "model": req.Model, "content": []any{}, "stop_reason": nil, "stop_sequence": nil, "usage": usage}
	if !req.Stream {
		block["text"] = "done"
		if ok {
			delete(block, "text")
			block["input"] = next.input
		}
		message["content"], message["stop_reason"] = []any{block}, stop
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(message)
		return
	}
	s := newStream(w)
	s.send("message_start", object{"type": "message_start", "message": message})
	s.send("content_block_start", object{"type": "content_block_start", "index": 0, "content_block": block})
	s.send("content_block_delta", object{"type": "content_block_delta", "index": 0, "delta": delta})
	s.send("content_block_stop", object{"type": "content_block_stop", "index": 0})
	s.send("message_delta", object{"type": "message_delta", "delta": object{"stop_reason": stop, "stop_sequence": nil}, "usage": usage})
	s.send("message_stop", object{"type": "message_stop"})
}

// plainText returns the text of content: a string, or blocks of text.
func plainText(content json.RawMessage) string {
	var s string
	if json.Unmarshal(content, &s) == nil {
		return s
	}
	var blocks []struct{ Text string }
	json.Unmarshal(content, &blocks)
	for _, b := range blocks {
		s += b.Text
	}
	return s
}
