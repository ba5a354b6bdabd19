# -N: each event is shown as it comes.
curl -sN "${TUTTI_URL:-http://127.0.0.1:8080}/v1/completions" -H 'content-type: application/json' -d '{
  "model": "tutti",
  "prompt": "The people of the United States",
  "max_tokens": 20,
  "stream": true
}'
