//go:build unix

package clients

import (
	"encoding/json"
	"net/http"
	"strings"
)

// responses answers as OpenAI's Responses API does. A step whose input is a text is
// the call of a custom tool.
func (m *model) responses(w http.ResponseWriter, body []byte) {
	var req struct {
		Tools []struct{ Type, Name string }
		Input []struct {
			Type    string
			Role    string
			Content json.RawMessage
			Output  json.RawMessage
		}
	}
	json.Unmarshal(body, &req)
	for _, t := range req.Tools {
		m.offered(t.Name)
	}
	var results []result
	conversation := ""
	for _, item := range req.Input {
		switch {
		case strings.HasSuffix(item.Type, "_call_output"):
			results = append(results, result{text: plainText(item.Output)})
		case item.Role == "user":
			conversation += plainText(item.Content)
		}
	}
	item := object{"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": []any{object{"type": "output_text", "text": "done", "annotations": []any{}}}}
	if next, ok := m.next(conversation, results); ok {
		id := "call_" + strings.Repeat("x", len(results)+1)
		if text, ok := next.input.(string); ok {
			item = object{"type": "custom_tool_call", "id": "ctc_1", "call_id": id, "name": next.tool, "input": text, "status": "completed"}
		} else {
			args, _ := json.Marshal(next.input)
			item = object{"type": "function_call", "id": "fc_1", "call_id": id, "name": next.tool, "arguments": string(args), "status": "completed"}
			if space, name, ok := strings.Cut(next.tool, "/"); ok {
				item["namespace"], item["name"] = space, name
			}
		}
	}
	response := object{"id": "resp_1", "object": "response", "status": "in_progress", "output": []any{}}
	s := newStream(w)
	s.send("response.created", object{"type": "response.created", "response": response})
	s.send("response.output_item.added", object{"type": "response.output_item.added", "output_index": 0, "item": item})
	s.send("response.output_item.done", object{"type": "response.output_item.done", "output_index": 0, "item": item})
	response = object{
		"id": "resp_1", "object": "response", "status": "completed", "output": []any{item},
		"usage": object{"input_tokens": 1, "output_tokens": 1, "total_tokens": 2, "input_tokens_details": object{"cached_tokens": 0}, "output_tokens_details": object{"reasoning_tokens": 0}},
	}
	s.send("response.completed", object{"type": "response.completed", "response": response})
}

// completions answers as OpenAI's chat completions do.
func (m *model) completions(w http.ResponseWriter, body []byte) {
	var req struct {
		Model    string
		Stream   bool
		Tools    []struct{ Function struct{ Name string } }
		Messages []struct {
			Role    string
			Content json.RawMessage
		}
	}
	json.Unmarshal(body, &req)
	for _, t := range req.Tools {
		m.offered(t.Function.Name)
	}
	var results []result
	conversation := ""
	for _, msg := range req.Messages {
		switch msg.Role {
		case "tool":
			results = append(results, result{text: plainText(msg.Content)})
		case "user":
			conversation += plainText(msg.Content)
		}
	}
	message, stop := object{"role": "assistant", "content": "done"}, "stop"
	if next, ok := m.next(conversation, results); ok && len(req.Tools) > 0 {
		args, _ := json.Marshal(next.input)
		call := object{"index": 0, "id": "call_" + strings.Repeat("x", len(results)+1), "type": "function", "function": object{"name": next.tool, "arguments": string(args)}}
		message, stop = object{"role": "assistant", "content": nil, "tool_calls": []any{call}}, "tool_calls"
	}
	usage := object{"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
	answer := object{"id": "c_1", "created": 1, "model": req.Model}
	if !req.Stream {
		answer["object"], answer["usage"] = "chat.completion", usage
		answer["choices"] = []any{object{"index": 0, "message": message, "finish_reason": stop}}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(answer)
		return
	}
	answer["object"] = "chat.completion.chunk"
	s := newStream(w)
	answer["choices"] = []any{object{"index": 0, "delta": message, "finish_reason": nil}}
	s.send("", answer)
	answer["choices"], answer["usage"] = []any{object{"index": 0, "delta": object{}, "finish_reason": stop}}, usage
	s.send("", answer)
	w.Write([]byte("data: [DONE]\n\n"))
}
