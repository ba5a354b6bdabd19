import os

from openai import OpenAI

url = os.environ.get("TUTTI_URL", "http://127.0.0.1:8080")
client = OpenAI(base_url=f"{url}/v1", api_key=os.environ.get("TUTTI_KEY", "none"))

answer = client.chat.completions.create(
    model="tutti",
    messages=[{"role": "user", "content": "What is the state of the union?"}],
    max_tokens=20,
)
print(answer.choices[0].message.content)
print(f"{answer.usage.completion_tokens} tokens")
