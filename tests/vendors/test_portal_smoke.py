def test_an_order_reaches_the_receiver(client, receiver):
    client.control("POST", "endpoints", {"vendor": "portal", "url": receiver.url})
    body = {
        "eventId": "1001",
        "section": "101",
        "row": "A",
        "quantity": 2,
        "customer": {"email": "a@example.com", "phone": {"number": "5551234567", "countryCode": "+1"}},
    }

    order = client.post("/api/v1/orders", body).json()

    assert receiver.wait(1)[0].json["orderId"] == order["order"]["orderId"]


def test_advance_walks_every_retry(client, receiver):
    receiver.answer = lambda hook: (500, b"no")
    client.control("PUT", "clock", {"frozen": True})
    client.control("POST", "endpoints", {"vendor": "portal", "url": receiver.url})
    body = {
        "eventId": "1001",
        "section": "101",
        "row": "A",
        "quantity": 2,
        "customer": {"email": "a@example.com", "phone": {"number": "5551234567", "countryCode": "+1"}},
    }
    client.post("/api/v1/orders", body)

    walk = client.control("POST", "clock/advance", {"until": "quiet"})

    assert len(receiver.wait(6)) == 6
    print(walk, client.control("GET", "deliveries"))
