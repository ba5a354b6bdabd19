curl -s "${TUTTI_URL:-http://127.0.0.1:8080}/v1/chat/completions" -H 'content-type: application/json' -d '{
  "model": "tutti",
  "messages": [{ "role": "user", "content": "What is the state of the union?" }],
  "max_tokens": 20
}'
